// Policies and files by chance, close to the edges.

import BuskerCore
import BuskerRetention
import BuskerStorage
import TestSupport
import Testing

/// Makes policies and facts that a seed decides; moments lie on or beside the edges that rules count from.
struct Chance {
    var random: SeededGenerator
    let berlin: Zone
    let seoul: Zone

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        berlin = try Zones.zone("Europe/Berlin")
        seoul = try #require(Zone(fixed: "+09:00"))
    }

    mutating func odds(_ one: Int, in many: Int) -> Bool { Int.random(in: 0..<many, using: &random) < one }

    mutating func pick<T>(_ list: [T]) -> T { list[Int.random(in: 0..<list.count, using: &random)] }

    mutating func some<T: Hashable>(_ list: [T]) -> Set<T> {
        Set((0..<Int.random(in: 1...2, using: &random)).map { _ in pick(list) })
    }

    mutating func predicate(_ depth: Int = 0) -> FilePredicate {
        switch Int.random(in: 0..<(depth < 3 ? 21 : 17), using: &random) {
        case 0...2: .everything
        case 3: .prefix(pick(["temp/", "temp/a", "permanent/", "x"]))
        case 4: .tag(pick(["plan", "lab"]), pick(["pro", "free"]))
        case 5: .state(some(FileState.allCases))
        case 6, 7: .payment(some(FilePayment.allCases))
        case 8: .owner(pick([.present, .deleted, .id("ann")]))
        case 9, 10: .kind(some(["upload", "stem", "invoice"]))
        case 11: .standing(some(FileStanding.allCases))
        case 12: .tier(pick([.near, .far]), some(TierState.allCases))
        case 13: .size(from: pick([0, 999, 1000]), below: pick([nil, 1001, 2000]))
        case 14, 15: .unattached
        case 16: .contentType(some(["audio/wav", "image/png"]))
        case 17: .all([predicate(depth + 1), predicate(depth + 1)])
        case 18: .any([predicate(depth + 1), predicate(depth + 1)])
        default: .not(predicate(depth + 1))
        }
    }

    mutating func zone() -> Zone { pick([.utc, seoul, berlin]) }

    mutating func duration() -> RetentionDuration {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: .seconds(0)
        case 1: .seconds(3600)
        case 2: .hours(24)
        case 3: .days(pick([1, 7, 30]), in: zone())
        case 4: .calendar(years: 0, months: pick([1, 6]), days: 0, zone())
        case 5: .years(pick([1, 5]), in: zone())
        case 6: .calendar(years: 1, months: 1, days: 1, zone())
        default: .seconds(Int64.random(in: 0...(40 * day), using: &random))
        }
    }

    mutating func anchor() -> RetentionAnchor {
        let plain: [RetentionAnchor] = [
            .created, .created, .received, .paid, .delivered, .lastDownload, .jobFinished, .sessionExpires, .orphaned,
            .ownerDeleted,
        ]
        guard odds(1, in: 8) else { return pick(plain) }
        return .fiscalYearEnd(of: pick(plain), lastMonth: pick([3, 12]), zone())
    }

    mutating func effect() -> RetentionEffect {
        let moment = RetentionMoment(anchor(), after: duration())
        return switch Int.random(in: 0..<12, using: &random) {
        case 0...4: .deleteAt(moment)
        case 5...7: .retainUntil(moment)
        case 8: .moveAt(moment, pick([.prefix("permanent/"), .tier(.far), .tier(.near)]))
        case 9: .archiveAt(moment, class: "COLD")
        case 10: .expireLinksAt(moment)
        default: .notifyBefore(seconds: pick([0, 3600, 7 * day]), channel: pick(["mail", "push"]))
        }
    }

    mutating func rule(_ id: String) -> RetentionRule {
        RetentionRule(
            id, when: predicate(), effect(), mode: pick([.enforce, .enforce, .enforce, .off, .dryRun]), reason: "r")
    }

    mutating func policy() throws -> RetentionPolicy {
        var guards = RetentionGuards()
        guards.minAge = pick([0, 3600])
        guards.orphanGrace = pick([0, 7 * day])
        guards.undoWindow = pick([1, 7 * day])
        let rules = (0..<Int.random(in: 1...5, using: &random)).map { rule("r\($0)") }
        return try RetentionPolicy("p", version: 1, guards: guards, rules: rules)
    }

    /// Somewhere in 2031, often where clocks change or years end.
    mutating func now() -> Timestamp {
        let base: Int64 = pick([1_932_768_000, 1_932_685_200, 1_950_829_200, 1_956_528_000, 1_935_360_000])
        return Timestamp(microseconds: us(base + Int64.random(in: -3600...3600, using: &random)))
    }

    /// A moment about so long ago that some duration ends about now; sometimes exactly, sometimes never.
    mutating func past(_ now: Timestamp, _ policy: RetentionPolicy) -> Timestamp {
        let ago: Int64 = pick([
            0, 3600, day, 7 * day, 8 * day, 28 * day, 30 * day, 31 * day, 181 * day, 365 * day, 366 * day, 397 * day,
            1826 * day, 2200 * day,
        ])
        let near: Int64 = pick([0, 0, 1, -1, 3600, -3600, 1800])
        return now.plus(-ago + near).advanced(byMicroseconds: pick([0, 0, 1, -1]))
    }

    mutating func facts(_ policy: RetentionPolicy, _ now: Timestamp, _ generator: IDGenerator) throws -> RetentionFacts
    {
        var record = try file(
            pick(["a", "b"]), owner: pick(["ann", "bob"]), kind: pick(["upload", "stem", "invoice"]),
            subject: odds(1, in: 3) ? nil : "job", size: pick([1000, 5000]), created: past(now, policy),
            id: generator.make(), tags: odds(1, in: 2) ? ["plan": pick(["pro", "free"])] : [:])
        if odds(1, in: 5) { record.key = try ObjectKey("permanent/a") }
        record.state = odds(3, in: 4) ? .accepted : pick(FileState.allCases)
        record.standing = pick(FileStanding.allCases)
        record.payment = pick(FilePayment.allCases)
        record.near = pick(TierState.allCases)
        record.far = pick([.none, .present])
        record.contentType = pick(["audio/wav", "image/png"])
        let paths: [WritableKeyPath<FileTimes, Timestamp?>] = [
            \.received, \.paid, \.delivered, \.downloaded, \.finished, \.expires, \.orphaned,
        ]
        for path in paths where odds(1, in: 2) { record.times[keyPath: path] = past(now, policy) }
        if odds(1, in: 6) { record.times.ownerDeleted = past(now, policy) }
        if odds(1, in: 6) { record.times.deleted = past(now, policy) }
        if odds(1, in: 8) { record.times.linkedUntil = past(now, policy).plus(30) }
        if odds(1, in: 8) { record.times.usedUntil = past(now, policy).plus(30) }
        if odds(1, in: 12) { record.legalHold = "court" }
        let done = ["archive:COLD", "move:tier:far", "move:prefix:permanent/"].filter { _ in odds(1, in: 2) }
        return RetentionFacts(record, done: Set(done))
    }

    mutating func unknown() -> FactSet {
        (0..<Int.random(in: 1...3, using: &random)).reduce(into: []) { set, _ in
            set.insert(FactSet(rawValue: 1 << UInt32.random(in: 0...24, using: &random)))
        }
    }
}
