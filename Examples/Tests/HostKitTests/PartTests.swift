// Parts of the host that need no socket.

import Busker
import BuskerCore
import BuskerHTTP
import BuskerLedger
import Foundation
import Testing

@testable import HostKit

@Suite struct PartTests {
    @Test(
        arguments: [
            (nil, Language.english), ("", .english), ("ko", .korean), ("ko-KR,ko;q=0.9,en;q=0.8", .korean),
            ("en-GB,ko;q=0.9", .english), ("fr,de;q=0.9,ko;q=0.1", .korean), ("ko;q=0,en;q=0.1", .english),
            ("*", .english),
            ("en;q=x,KO;q=0.5", .english), (",,;;=,ko", .korean),
        ] as [(String?, Language)])
    func languagesAreChosenByWeight(header: String?, language: Language) {
        #expect(Language(accepting: header) == language)
    }

    @Test func bucketsRunDryAndFillAgain() throws {
        let limiter = try #require(RateLimiter<Int>(perMinute: 60, keysMax: 3))
        let now = ContinuousClock.now
        for _ in 0..<60 { #expect(limiter.take(1, at: now) == nil) }
        let wait = try #require(limiter.take(1, at: now))
        #expect(wait == .seconds(1))
        #expect(limiter.take(1, at: now + .seconds(1)) == nil)
        #expect(limiter.take(1, at: now + .seconds(1)) != nil)
        for key in 2..<100 { #expect(limiter.take(key, at: now + .seconds(1)) == nil) }
        #expect(RateLimiter<Int>(perMinute: 0) == nil)
    }

    @Test(arguments: [
        ("bytes=0-0", 10 as Int64, 0..<1 as Range<Int64>?), ("bytes=3-", 10, 3..<10), ("bytes=-4", 10, 6..<10),
        ("bytes=-40", 10, 0..<10), ("bytes=9-20", 10, 9..<10), ("bytes=10-", 10, nil), ("bytes=-0", 10, nil),
        ("bytes=0-", 0, nil), ("bytes=-1", 0, nil), ("bytes=0-9223372036854775807", 10, 0..<10),
    ])
    func rangesAreCutToTheSize(header: String, size: Int64, range: Range<Int64>?) throws {
        #expect(try #require(ByteRange(header)).range(in: size) == range)
    }

    @Test(arguments: [
        "bytes=", "bytes=-", "bytes=a-", "bytes=2-1", "bytes=0-1,3-4", "items=0-1", "bytes=+1-2", "bytes=0--1", "",
    ])
    func whatIsNoRangeIsIgnored(header: String) { #expect(ByteRange(header) == nil) }

    @Test func aPipeHoldsOnePieceAndTellsBothSides() async throws {
        let pipe = PiecePipe()
        let writer = Task {
            for number in 0..<100 { try await pipe.send([UInt8(number)]) }
            pipe.finish()
        }
        var all: [UInt8] = []
        for try await piece in pipe.body.pieces { all += piece }
        try await writer.value
        #expect(all == (0..<100).map { UInt8($0) })

        let closed = PiecePipe()
        closed.close()
        await #expect(throws: PiecePipe.Closed.self) { try await closed.send([1]) }

        let failed = PiecePipe()
        failed.finish(throwing: HTTPError(.interrupted, "cut"))
        await #expect(throws: HTTPError.self) { for try await _ in failed.body.pieces {} }

        let cancelled = PiecePipe()
        let waiting = Task { for try await _ in cancelled.body.pieces {} }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        await #expect(throws: PiecePipe.Closed.self) { try await cancelled.send([1]) }

        let ended = PiecePipe()
        ended.finish()
        await #expect(throws: PiecePipe.Closed.self) { try await ended.send([1]) }
        for try await _ in ended.body.pieces { Issue.record("Nothing comes after the end.") }
    }

    @Test func everyProblemIsSaidInBothLanguages() {
        for code in ["sound_unreadable", "insufficient_credits", "internal", "not_found", "too_large", "bad_type"] {
            let figures: [(name: String, value: JSON)] = [("needed", "1.00"), ("available", "0.50")]
            let sentences = Language.allCases.compactMap { Words.problem(code, $0, figures) }
            #expect(sentences.count == 2 && sentences[0].detail != sentences[1].detail, "\(code)")
            #expect(sentences.allSatisfy { !$0.detail.contains("{") })
        }
        #expect(Words.job("too_slow", .korean) != Words.problem("too_slow", .korean, [])?.detail)
    }

    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Tests/BuskerAudioTests/Neural/Fixtures").path

    @Test func modelsAreConfiguredByName() throws {
        let key = "Zq8vWn3kLr6tYp1xBs9dGh4jMc7fQe2uAo5i-Kw0_Xz"
        let text = "quick=umx:\(Self.fixtures)/umx; fine=htdemucs:\(Self.fixtures)/htdemucs/net.safetensors@2.5"
        func read(_ models: String) throws -> HostConfiguration {
            try HostConfiguration.read(["SECRET_KEY": key, "MODELS": models], for: "STEMSTUDIO", own: { _ in }).host
        }
        let configuration = try read(text)
        #expect(configuration.models.map(\.net.name) == ["quick", "fine"])
        #expect(configuration.models.map(\.net.card) == ["separation-quick", "separation-fine"])
        #expect(configuration.models[1].price == (try ExactDecimal("2.5")))
        for wrong in [
            "quick", "quick=umx", "quick=other:/x", "quick=umx:relative", "Quick=umx:\(Self.fixtures)/umx",
            "quick=umx:/nowhere", "quick=umx:\(Self.fixtures)/umx@much", "quick=umx:\(Self.fixtures)/umx@0",
            "quick=umx:\(Self.fixtures)/umx;quick=umx:\(Self.fixtures)/umx",
        ] {
            #expect(throws: ConfigurationFault.self, "\(wrong)") {
                try read(wrong)
            }
        }
    }
}
