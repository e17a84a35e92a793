// What a bucket is told of a policy comes later than the policy, and what is lost is named.

import BuskerCore
import BuskerRetention
import BuskerStorage
import TestSupport
import Testing

@Suite struct LifecycleTests {
    @Test func whatABucketUnderstandsIsToldTwoDaysLate() throws {
        let temp = RetentionRule(
            "temp", when: .all([.prefix("temp/"), .tag("plan", "free"), .size(from: 1, below: 1000)]),
            .deleteAt(RetentionMoment(.created, after: .days(30))), reason: "r")
        let cold = RetentionRule(
            "cold", when: .prefix("songs/"), .archiveAt(RetentionMoment(.created, after: .hours(25)), class: "GLACIER"),
            reason: "r")
        let kept = RetentionRule(
            "kept", when: .prefix("invoices/"), .retainUntil(RetentionMoment(.created, after: .days(9))), reason: "r")
        let made = try RetentionPolicy("p", version: 1, rules: [temp, cold, kept]).compileToS3Lifecycle()
        #expect(made.rules.map(\.id) == ["cold", "temp", "abort-uploads"])
        #expect(made.rules[0].transitions == [LifecycleRule.Transition(.days(4), storageClass: "GLACIER")])
        #expect(made.rules[1].expiration == .days(30 + 7 + 2))
        #expect(made.rules[1].filter.largerThan == nil || made.rules[1].filter.largerThan == 0)
        #expect(made.rules[2].abortsUploadsAfterDays == 9)
        #expect(made.lost.map(\.rule) == ["cold", "kept", ""])
        let text = String(decoding: try made.document(), as: UTF8.self)
        #expect(text.contains("<Prefix>temp/</Prefix>"))
        #expect(text.contains("<Days>39</Days>"))
    }

    @Test(arguments: [
        (FilePredicate.everything, FilePredicate.kind(["invoice"]), false),
        (.prefix("temp/"), .prefix("temp/a"), false), (.prefix("temp/"), .prefix("paid/"), true),
        (.prefix("temp/"), .any([.prefix("paid/")]), false),
        (.all([.prefix("temp/"), .tag("a", "b")]), .all([.kind(["x"]), .prefix("paid/")]), true),
    ])
    func aBucketNeverDeletesWhatARuleCouldKeep(deletes: FilePredicate, keeps: FilePredicate, isTold: Bool) throws {
        let policy = try RetentionPolicy(
            "p", version: 1,
            rules: [
                RetentionRule("a", when: deletes, .deleteAt(RetentionMoment(.created, after: .days(3))), reason: "r"),
                RetentionRule("b", when: keeps, .retainUntil(RetentionMoment(.created, after: .days(9))), reason: "r"),
            ])
        let made = policy.compileToS3Lifecycle()
        #expect(made.rules.contains { $0.id == "a" } == isTold)
        #expect(made.lost.contains { $0.rule == "a" } == !isTold)
    }

    @Test(arguments: [
        RetentionRule("x", when: .kind(["a"]), .deleteAt(RetentionMoment(.created)), reason: "r"),
        RetentionRule("x", when: .not(.prefix("a")), .deleteAt(RetentionMoment(.created)), reason: "r"),
        RetentionRule("x", when: .prefix("a"), .deleteAt(RetentionMoment(.paid)), reason: "r"),
        RetentionRule("x", when: .prefix("a"), .deleteAt(RetentionMoment(.created)), mode: .dryRun, reason: "r"),
        RetentionRule("x", when: .prefix("a"), .expireLinksAt(RetentionMoment(.created)), reason: "r"),
    ])
    func whatCannotBeToldIsNamed(rule: RetentionRule) throws {
        let made = try RetentionPolicy("p", version: 1, rules: [rule]).compileToS3Lifecycle()
        #expect(made.rules.map(\.id) == ["abort-uploads"])
        #expect(made.lost.contains { $0.rule == "x" && !$0.what.isEmpty })
    }

    @Test func thePoliciesOfTheServicesRoundTrip() throws {
        let seoul = try Zones.zone("Asia/Seoul")
        let policies = [
            try ServicePolicies.songs(in: seoul), try ServicePolicies.posters(in: seoul),
            try ServicePolicies.invoices(in: seoul, legalYears: 5), try ServicePolicies.stems(in: seoul),
            try ServicePolicies.dubs(in: seoul),
        ]
        for policy in policies {
            #expect(try RetentionPolicy(document: policy.document.bytes, zones: Zones.find) == policy)
            #expect(!policy.compileToS3Lifecycle().lost.isEmpty)
        }
    }
}
