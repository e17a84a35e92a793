// The laws of retention, over policies and files by chance; nothing goes early.

import BuskerCore
import BuskerStorage
import Foundation
import TestSupport
import Testing

@testable import BuskerRetention

@Suite struct LawTests {
    static let environment = ProcessInfo.processInfo.environment
    static let cases = environment["BUSKER_RETENTION_CASES"].flatMap { Int($0) } ?? 6000
    static let seed = environment["BUSKER_RETENTION_SEED"].flatMap { UInt64($0) } ?? 20_261_121
    /// Files that each policy judges.
    static let files = 16

    /// One policy, one file, one moment.
    struct Case {
        let policy: RetentionPolicy
        let facts: RetentionFacts
        let now: Timestamp

        var decision: RetentionDecision { policy.evaluate(facts, at: now) }
    }

    @Test func everyLawHoldsInRandomCases() throws {
        var (count, deletes, round) = (0, 0, Self.seed)
        while count < Self.cases {
            round &+= 1
            var chance = try Chance(seed: round)
            let generator = ids(round)
            let policy = try chance.policy()
            for number in 0..<Self.files {
                let now = chance.now()
                let one = Case(policy: policy, facts: try chance.facts(policy, now, generator), now: now)
                let faults = try Self.faults(one, &chance)
                if one.decision.deletes { deletes += 1 }
                #expect(faults.isEmpty, "seed \(round), file \(number): \(faults) \(policy.document) \(one)")
                guard faults.isEmpty else { return }
            }
            count += Self.files
        }
        #expect(deletes > Self.cases / 50, "of \(count) cases only \(deletes) delete")
        if Self.cases > 100_000 { print("\(count) cases from seed \(Self.seed): \(deletes) deletions, none early") }
    }

    static func faults(_ one: Case, _ chance: inout Chance) throws -> [String] {
        var faults: [String] = []
        let decision = one.decision
        let oracle = Oracle(
            policy: one.policy, record: one.facts.record, done: one.facts.done, now: one.now.microseconds)
        if decision.physical.flatMap({ $0.action.isDeletion ? $0.action : nil }) != oracle.end {
            faults.append("the oracle says \(oracle.end.map { "\($0)" } ?? "keep"), not \(decision.steps)")
        }
        if decision != one.decision { faults.append("judged twice, said two things") }
        if decision.steps.filter({ $0.action.isPhysical }).count > 1 { faults.append("two changes at once") }
        if decision.steps.map(\.action.rank) != decision.steps.map(\.action.rank).sorted() { faults.append("order") }
        if decision.steps.contains(where: { $0.due > one.now }) { faults.append("early") }
        order(one, decision, &chance, &faults)
        try modes(one, decision, &faults)
        keepers(one, decision, &chance, &faults)
        unknown(one, decision, &chance, &faults)
        after(one, decision, &chance, &faults)
        return faults
    }

    /// Neither the order of rules nor their number of copies means anything.
    private static func order(
        _ one: Case, _ decision: RetentionDecision, _ chance: inout Chance, _ faults: inout [String]
    ) {
        let enforced = one.policy.rules.filter { $0.mode == .enforce }
        let mixed = (enforced + enforced.prefix(2)).shuffled(using: &chance.random)
        let other = Judgement(one.policy.guards, mixed, one.facts, one.now).decision
        if other.steps != decision.steps || other.blocks != decision.blocks || other.ceiling != decision.ceiling
            || other.floor != decision.floor
        {
            faults.append("the order of rules matters")
        }
    }

    /// A rule that is off is not there, and one that is rehearsed changes nothing.
    private static func modes(_ one: Case, _ decision: RetentionDecision, _ faults: inout [String]) throws {
        guard one.policy.rules.contains(where: { $0.mode != .enforce }) else { return }
        let without = try RetentionPolicy(
            "p", version: 1, guards: one.policy.guards, rules: one.policy.rules.filter { $0.mode == .enforce })
        if without.evaluate(one.facts, at: one.now).steps != decision.steps { faults.append("a rule acts that is off") }
    }

    /// What keeps never deletes.
    private static func keepers(
        _ one: Case, _ decision: RetentionDecision, _ chance: inout Chance, _ faults: inout [String]
    ) {
        guard !decision.deletes else { return }
        var kept = one.facts
        let later = one.now.plus(chance.pick([-60, 0, 60]))
        var rules = one.policy.rules.filter { $0.mode == .enforce }
        var guards = one.policy.guards
        switch Int.random(in: 0..<7, using: &chance.random) {
        case 0: kept.record.legalHold = "court"
        case 1: kept.record.times.usedUntil = max(later, kept.record.times.usedUntil ?? later)
        case 2: kept.record.times.linkedUntil = max(later, kept.record.times.linkedUntil ?? later)
        case 3: guards.minAge += chance.pick([1, 3600])
        case 4: guards.orphanGrace += day
        case 5: guards.undoWindow += 1
        default:
            let moment = RetentionMoment(chance.anchor(), after: chance.duration())
            rules.append(RetentionRule("more", when: chance.predicate(), .retainUntil(moment), reason: "r"))
        }
        if Judgement(guards, rules, kept, one.now).decision.deletes { faults.append("what keeps has deleted") }
    }

    /// What is not known never deletes; and what is deleted all the same may go whatever the truth is.
    private static func unknown(
        _ one: Case, _ decision: RetentionDecision, _ chance: inout Chance, _ faults: inout [String]
    ) {
        var dim = one.facts
        dim.unknown = chance.unknown()
        let seen = one.policy.evaluate(dim, at: one.now)
        if seen.deletes, !decision.deletes { faults.append("not to know \(dim.unknown) has deleted") }
        guard seen.deletes, let other = try? chance.facts(one.policy, one.now, ids()) else { return }
        let record = Self.mixed(one.facts.record, other.record, dim.unknown)
        let oracle = Oracle(policy: one.policy, record: record, done: dim.done, now: one.now.microseconds)
        if oracle.end == nil {
            faults.append("deleted without knowing \(dim.unknown), but in truth it stays: \(record)")
        }
    }

    /// Later nothing is kept that went before; what was done is not done again.
    private static func after(
        _ one: Case, _ decision: RetentionDecision, _ chance: inout Chance, _ faults: inout [String]
    ) {
        let later = one.now.plus(chance.pick([1, 3600, 30 * day, 400 * day]))
        let then = one.policy.evaluate(one.facts, at: later)
        if decision.deletes, !then.deletes { faults.append("it went, but \(later.iso8601) it stays") }
        var next = one.facts
        for step in decision.steps where !step.action.isDeletion { next.done.insert(step.name) }
        if let action = decision.physical?.action, action == .delete || action == .restrict {
            next.record.times.deleted = one.now
        }
        if decision.physical?.action == .purge { next.record.state = .tombstoned }
        let again = one.policy.evaluate(next, at: one.now)
        let repeated = Set(decision.steps.map(\.name)).intersection(again.steps.map(\.name))
        if !repeated.isEmpty { faults.append("done twice: \(repeated)") }
    }

    /// The row of one file with the facts of another where they are not known.
    static func mixed(_ known: FileRecord, _ other: FileRecord, _ unknown: FactSet) -> FileRecord {
        func one<T>(_ fact: FactSet, _ path: KeyPath<FileRecord, T>) -> T {
            unknown.contains(fact) ? other[keyPath: path] : known[keyPath: path]
        }
        var times = FileTimes(created: one(.created, \.times.created))
        times.received = one(.received, \.times.received)
        times.paid = one(.paid, \.times.paid)
        times.delivered = one(.delivered, \.times.delivered)
        times.downloaded = one(.downloaded, \.times.downloaded)
        times.finished = one(.finished, \.times.finished)
        times.expires = one(.expires, \.times.expires)
        times.orphaned = one(.orphaned, \.times.orphaned)
        times.ownerDeleted = one(.ownerDeleted, \.times.ownerDeleted)
        times.linkedUntil = one(.linkedUntil, \.times.linkedUntil)
        times.usedUntil = one(.usedUntil, \.times.usedUntil)
        times.deleted = one(.deleted, \.times.deleted)
        return FileRecord(
            id: known.id, owner: one(.owner, \.owner), kind: one(.kind, \.kind), subject: one(.subject, \.subject),
            name: known.name, contentType: one(.contentType, \.contentType), key: one(.key, \.key),
            size: one(.size, \.size), sha256: known.sha256, state: one(.state, \.state),
            standing: one(.standing, \.standing), payment: one(.payment, \.payment), near: one(.near, \.near),
            far: one(.far, \.far), tags: one(.tags, \.tags), times: times,
            legalHold: one(.legalHold, \.legalHold), version: known.version)
    }
}
