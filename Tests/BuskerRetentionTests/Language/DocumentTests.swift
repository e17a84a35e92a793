// Documents say what values say, and faults name their place.

import BuskerCore
import BuskerRetention
import BuskerStorage
import TestSupport
import Testing

@Suite struct DocumentTests {
    static func read(_ text: String) throws(RetentionError) -> RetentionPolicy {
        try RetentionPolicy(document: Array(text.utf8), zones: Zones.find)
    }

    static func document(when: String = #""everything""#, effect: String = #"{"deleteAt":{"anchor":"created"}}"#)
        -> String
    {
        #"{"id":"p","version":1,"rules":[{"id":"a","reason":"r","when":\#(when),"effect":\#(effect)}]}"#
    }

    @Test func everythingThatCanBeSaidComesBack() throws {
        let seoul = try Zones.zone("Asia/Seoul")
        let predicates: [FilePredicate] = [
            .everything, .unattached, .all([.prefix("a/"), .not(.tag("plan", "pro"))]),
            .any([.state([.accepted, .received]), .payment([.paid])]), .owner(.present), .owner(.deleted),
            .owner(.id("present")), .kind(["upload", "stem"]), .standing([.temporary]),
            .tier(.far, [.present, .missing]), .size(from: 0, below: nil), .size(from: 1, below: 5),
            .contentType(["audio/wav"]), .prefix("é\"\\/"),
        ]
        let effects: [RetentionEffect] = [
            .retainUntil(RetentionMoment(.paid, after: .years(5, in: seoul))),
            .deleteAt(RetentionMoment(.created, after: .hours(24))),
            .deleteAt(RetentionMoment(.fiscalYearEnd(of: .paid, lastMonth: 12, seoul), after: .days(1))),
            .moveAt(RetentionMoment(.delivered), .prefix("permanent/")),
            .moveAt(RetentionMoment(.orphaned), .tier(.far)),
            .archiveAt(RetentionMoment(.lastDownload), class: "GLACIER"),
            .expireLinksAt(RetentionMoment(.jobFinished)), .notifyBefore(seconds: 86_400, channel: "mail"),
            .retainUntil(RetentionMoment(.sessionExpires)), .retainUntil(RetentionMoment(.ownerDeleted)),
            .retainUntil(RetentionMoment(.received)),
        ]
        var rules: [RetentionRule] = []
        for (at, when) in predicates.enumerated() {
            let mode = RetentionRule.Mode.allCases[at % 3]
            rules.append(RetentionRule("p\(at)", when: when, effects[at % effects.count], mode: mode, reason: "ü"))
        }
        for (at, effect) in effects.enumerated() {
            rules.append(RetentionRule("e\(at)", when: .unattached, effect, reason: "why"))
        }
        var guards = RetentionGuards()
        guards.maxDeletes = 3
        let policy = try RetentionPolicy("media", version: 3, guards: guards, rules: rules)
        let read = try RetentionPolicy(document: policy.document.bytes, zones: Zones.find)
        #expect(read == policy)
        #expect(read.digest == policy.digest)
        let shuffled = try RetentionPolicy(
            "media", version: 3, guards: guards, rules: rules.reversed() + rules.prefix(3))
        #expect(shuffled == policy)
        guards.maxDeletes = 4
        #expect(try RetentionPolicy("media", version: 3, guards: guards, rules: rules).digest != policy.digest)
    }

    @Test(arguments: [
        ("{}", ""), ("[]", ""), (#"{"id":"p","version":1,"rules":[],"x":1}"#, "x"),
        (#"{"id":"p","version":1,"rules":[],"clock":"local"}"#, "clock"),
        (#"{"id":"","version":1,"rules":[]}"#, "id"), (#"{"id":"p","version":0,"rules":[]}"#, "version"),
        (#"{"id":"p","version":1.0,"rules":[]}"#, "version"),
        (#"{"id":"p","version":1,"rules":[],"guards":{"maxDeletes":0}}"#, "guards.maxDeletes"),
        (#"{"id":"p","version":1,"rules":[{"id":"a"}]}"#, "rules[0]"),
        (document(when: #"{"prefix":""}"#), "rules.a.when"), (document(when: #"{"all":[]}"#), "rules.a.when"),
        (document(when: #"{"any":[{"kind":[]}]}"#), "rules.a.when[0]"),
        (document(when: #"{"prefix":"a","kind":["b"]}"#), "rules[0].when"),
        (document(when: #"{"regex":"a.*"}"#), "rules[0].when.regex"),
        (document(when: #""all""#), "rules[0].when"),
        (document(when: #"{"state":["acepted"]}"#), "rules[0].when.state[0]"),
        (document(when: #"{"state":["gone","gone"]}"#), "rules[0].when.state[1]"),
        (document(when: #"{"size":{"from":5,"below":5}}"#), "rules.a.when"),
        (document(when: #"{"owner":"somebody"}"#), "rules[0].when.owner"),
        (document(effect: #"{"deleteAt":{"anchor":"birth"}}"#), "rules[0].effect.deleteAt.anchor"),
        (document(effect: #"{"deleteAt":{}}"#), "rules[0].effect.deleteAt"),
        (document(effect: #"{"deleteAt":{"anchor":"paid","after":{"days":3}}}"#), "rules[0].effect.deleteAt.after"),
        (document(effect: #"{"deleteAt":{"anchor":"paid","after":{"seconds":-1}}}"#), "rules.a.effect"),
        (document(effect: #"{"moveAt":{"anchor":"paid","to":{"prefix":"x"}}}"#), "rules.a.effect"),
        (document(effect: #"{"burnAt":{"anchor":"paid"}}"#), "rules[0].effect.burnAt"),
    ])
    func faultsNameTheirPlace(text: String, path: String) {
        #expect { try Self.read(text) } throws: { error in
            guard let error = error as? RetentionError else { return false }
            return error.code == .badPolicy && error.path == path && !error.detail.isEmpty
        }
    }

    @Test func unknownZonesAreNamed() {
        let text = Self.document(effect: #"{"deleteAt":{"anchor":"paid","after":{"days":3,"zone":"Mars/Base"}}}"#)
        #expect { try Self.read(text) } throws: { error in
            guard let error = error as? RetentionError else { return false }
            return error.code == .badZone && error.path == "rules[0].effect.deleteAt.after.zone"
        }
    }

    @Test func twoRulesOfOneNameAndDeepConditionsAreRefused() throws {
        let one = RetentionRule("a", when: .everything, .deleteAt(RetentionMoment(.created)), reason: "r")
        var other = one
        other.reason = "s"
        #expect(throws: RetentionError(.badPolicy, "")) { try RetentionPolicy("p", version: 1, rules: [one, other]) }
        other = one
        for _ in 0..<20 { other.when = .not(other.when) }
        #expect(throws: RetentionError(.badPolicy, "")) { try RetentionPolicy("p", version: 1, rules: [other]) }
        let deep = String(repeating: #"{"not":"#, count: 60) + #""everything""# + String(repeating: "}", count: 60)
        #expect(throws: RetentionError(.badPolicy, "")) { try Self.read(Self.document(when: deep)) }
    }

    @Test func damagedDocumentsNeverCrash() throws {
        let text = Array(Self.document(when: #"{"all":[{"tag":{"name":"a","value":"b"}},{"size":{"from":1}}]}"#).utf8)
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            var damaged = text
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                damaged[Int.random(in: 0..<text.count, using: &random)] = UInt8.random(in: 32...126, using: &random)
            }
            guard let policy = try? RetentionPolicy(document: damaged, zones: Zones.find) else { continue }
            #expect(try RetentionPolicy(document: policy.document.bytes, zones: Zones.find) == policy)
        }
    }
}
