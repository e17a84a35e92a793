// XML that is read strictly, and broken XML that is refused without a trap.

import BuskerCore
import BuskerStorage
import Foundation
import TestSupport
import Testing

/// The tags of an object are the plainest answer: the reader is tried through them.
@Suite struct XMLTests {
    static func value(_ inside: String) throws -> String? {
        try ObjectTag.list(tags(inside)).first?.value
    }

    static func tags(_ value: String) -> [UInt8] {
        Array("<Tagging><TagSet><Tag><Key>k</Key><Value>\(value)</Value></Tag></TagSet></Tagging>".utf8)
    }

    @Test(arguments: [
        ("a", "a"), ("&lt;&amp;&gt;&quot;&apos;", "<&>\"'"), ("&#65;&#x41;&#xd55C;", "AA한"), ("<![CDATA[<&]]>b", "<&b"),
        ("a<!-- <x> -->b", "ab"), ("a\r\nb\rc", "a\nb\nc"), ("&#13;", "\r"), ("", ""), (" a ", " a "), ("😀", "😀"),
        ("&amp;lt;", "&lt;"),
    ])
    func aTextIsRead(inside: String, text: String) throws {
        #expect(try Self.value(inside) == text)
    }

    @Test(arguments: [
        "&x;", "&", "&#0;", "&#xD800;", "&#x110000;", "&#;", "&#x;", "&#+5;", "&#99999999999;", "<", "<a>", "</a>",
        "<a b>",
        "<a b=c/>", "<a b='<'/>", "<a b='1' b='2'/>", "<a b='&x;'/>", "<?x?>", "<!DOCTYPE a>", "]]>", "<!-- -- -->",
        "<1/>",
        "<a/ >", "<:/>", "\u{1}", "\u{FFFE}", "<![CDATA[", "<a b='1'c='2'/>",
    ])
    func brokenTextIsRefused(inside: String) {
        #expect(throws: StorageError(.badAnswer, "")) { try Self.value(inside) }
    }

    @Test(arguments: [
        "", " ", "x", "<a/><b/>", "<a/>x", "<!DOCTYPE a [<!ENTITY x 'y'>]><Tagging><TagSet/></Tagging>",
        "<?xml version='1.0'", "<?php ?><Tagging><TagSet/></Tagging>", "<a></b>", "<x:a></y:a>", "<a",
        "<Tagging><TagSet/>",
    ])
    func brokenDocumentsAreRefused(text: String) {
        #expect(throws: StorageError(.badAnswer, "")) { try ObjectTag.list(Array(text.utf8)) }
    }

    @Test func documentsMayHaveAHeadAndPrefixes() throws {
        let text = "\u{FEFF}<?xml version='1.0'?>\n<!-- x -->\n<s:T xmlns:s='u'><s:TagSet /></s:T>\n<!-- y -->\n"
        #expect(try ObjectTag.list(Array(text.utf8)).isEmpty)
    }

    @Test func limitsHold() throws {
        let deep = String(repeating: "<a>", count: 100_000)
        let wide = "<T><TagSet>" + String(repeating: "<a/>", count: 60_000) + "</TagSet></T>"
        for text in [deep, wide] {
            #expect(throws: StorageError(.badAnswer, "")) { try ObjectTag.list(Array(text.utf8)) }
        }
        #expect(throws: StorageError(.badAnswer, "")) {
            try ObjectTag.list(Self.tags("abc"), limits: XMLLimits(bytesMax: 20))
        }
        #expect(throws: StorageError(.badAnswer, "")) { try ObjectTag.list([0x3C, 0x61, 0xFF, 0x2F, 0x3E]) }
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        var random = SeededGenerator(seed: 11)
        let scalars = Array("ab<&>\"'\r\n\t ]é한😀%;#".unicodeScalars)
        for run in 0..<500 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                text.append(scalars[Int.random(in: 0..<scalars.count, using: &random)])
            }
            let tag = ObjectTag(key: "k" + String(text), value: String(text))
            let read = try ObjectTag.list(try S3Body.tagging([tag]))
            #expect(read.count == 1 && Array(read[0].value.utf8) == Array(tag.value.utf8), "seed 11, run \(run)")
            #expect(read.first?.key == tag.key, "seed 11, run \(run)")
        }
        #expect(throws: StorageError(.badRequest, "")) {
            try S3Body.delete([DeletedObject(key: "a\u{1}")], isQuiet: true)
        }
    }

    @Test func lifeCyclesAreReadAgain() throws {
        var rule = LifecycleRule(
            id: "r", isEnabled: false,
            filter: .init(prefix: "p/", tags: [.init(key: "a", value: "b")], largerThan: 1, smallerThan: 9))
        rule.expiration = .date(try Timestamp(iso8601: "2027-01-01T00:00:00Z"))
        rule.transitions = [.init(.days(3), storageClass: "GLACIER")]
        rule.noncurrentDays = 4
        rule.newerNoncurrentVersions = 5
        rule.abortsUploadsAfterDays = 6
        let plain = LifecycleRule(id: "s", filter: .init(prefix: ""))
        #expect(try LifecycleRule.list(try S3Body.lifecycle([rule, plain])) == [rule, plain])
        var hasty = plain
        hasty.expiration = .days(0)
        #expect(throws: StorageError(.badRequest, "")) { try S3Body.lifecycle([hasty]) }
        #expect(throws: StorageError(.badRequest, "")) { try S3Body.completeUpload([]) }
        #expect(throws: StorageError(.badRequest, "")) { try S3Body.delete([], isQuiet: true) }
    }

    @Test func brokenAnswersNeverTrap() throws {
        let runs = ProcessInfo.processInfo.environment["BUSKER_FUZZ_RUNS"].flatMap(Int.init) ?? 3000
        let seed = ProcessInfo.processInfo.environment["BUSKER_FUZZ_SEED"].flatMap(UInt64.init) ?? 2026
        var random = SeededGenerator(seed: seed)
        let bodies = ServerAnswer.all.map(\.body).filter { !$0.isEmpty && $0.count < 1500 }
        let pieces = ["<", ">", "/", "&", ";", "<![CDATA[", "]]>", "<!--", "&#x", "<!DOCTYPE", "\u{FFFD}"].map {
            Array($0.utf8)
        }
        var read = 0
        for _ in 0..<runs {
            var body = bodies[Int.random(in: 0..<bodies.count, using: &random)]
            for _ in 0..<Int.random(in: 1...4, using: &random) where !body.isEmpty {
                let at = Int.random(in: 0..<body.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: body[at] = UInt8.random(in: 0...255, using: &random)
                case 1: body.removeSubrange(at..<min(body.count, at + Int.random(in: 1...20, using: &random)))
                case 2: body.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &random)], at: at)
                default: body.removeLast(body.count - at)
                }
            }
            let failure = S3Failure(status: 500, body: body)
            #expect(failure.isRetryable)
            let isRead =
                (try? S3ObjectPage(body)) != nil || (try? S3PartPage(body)) != nil
                || (try? S3UploadPage(body)) != nil || (try? LifecycleRule.list(body)) != nil
                || (try? S3Deletion(body)) != nil
            read += isRead ? 1 : 0
        }
        #expect(read > 0 && read < runs, "seed \(seed)")
    }
}
