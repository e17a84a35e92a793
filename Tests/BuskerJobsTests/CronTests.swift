// The calendar: fields, zones whose clocks are changed, and one job for each moment.

import BuskerCore
import BuskerDatabase
import BuskerJobs
import TestSupport
import Testing

/// Central European time of 2026: one hour ahead, two from 29 March 01:00 UTC to 25 October 01:00 UTC.
struct BerlinOf2026: CronZone {
    func secondsAheadOfUTC(at moment: Timestamp) -> Int {
        let isSummer = (1_774_746_000...1_792_889_999).contains(moment.microseconds / 1_000_000)
        return isSummer ? 7200 : 3600
    }
}

@Suite struct CronTests {
    struct Case: Sendable {
        let cron: String
        let after: String
        let next: String
    }

    static let cases = [
        Case(cron: "* * * * *", after: "2026-11-21T12:00:00Z", next: "2026-11-21T12:01:00Z"),
        Case(cron: "*/15 * * * *", after: "2026-11-21T12:59:59Z", next: "2026-11-21T13:00:00Z"),
        Case(cron: "5,35 8-10 * * *", after: "2026-11-21T10:35:00Z", next: "2026-11-22T08:05:00Z"),
        Case(cron: "0 9 * * mon-fri", after: "2026-11-20T09:00:00Z", next: "2026-11-23T09:00:00Z"),
        Case(cron: "0 0 * * 7", after: "2026-11-21T12:00:00Z", next: "2026-11-22T00:00:00Z"),
        Case(cron: "0 0 29 2 *", after: "2026-11-21T12:00:00Z", next: "2028-02-29T00:00:00Z"),
        Case(cron: "0 0 29 2 *", after: "2096-03-01T00:00:00Z", next: "2104-02-29T00:00:00Z"),
        Case(cron: "0 12 13 * fri", after: "2026-11-01T00:00:00Z", next: "2026-11-06T12:00:00Z"),
        Case(cron: "0 12 13 * fri", after: "2026-11-06T12:00:00Z", next: "2026-11-13T12:00:00Z"),
        Case(cron: "0 12 */2 * fri", after: "2026-11-01T00:00:00Z", next: "2026-11-13T12:00:00Z"),
        Case(cron: "@yearly", after: "2026-11-21T12:00:00Z", next: "2027-01-01T00:00:00Z"),
        Case(cron: "@hourly", after: "1969-12-31T22:30:00Z", next: "1969-12-31T23:00:00Z"),
        Case(cron: "59 23 31 dec *", after: "2026-12-31T23:59:00Z", next: "2027-12-31T23:59:00Z"),
        Case(cron: "10/20 4 * * *", after: "2026-11-21T04:10:00Z", next: "2026-11-21T04:30:00Z"),
    ]

    @Test(arguments: cases)
    func theNextMomentIsFound(one: Case) throws {
        let next = try CronExpression(one.cron).next(after: Timestamp(iso8601: one.after))
        #expect(next == (try Timestamp(iso8601: one.next)), "\(one) gave \(next?.iso8601 ?? "none")")
    }

    @Test(arguments: [
        "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * * 8",
        "*/0 * * * *", "5-3 * * * *", "1,,2 * * * *", "a * * * *", "* * * foo *", "0 0 30 2 *", "@never",
        "1-2-3 * * * *",
        "-1 * * * *", "1/2/3 * * * *", "9999999999999999999 * * * *",
    ])
    func whatIsNoExpressionIsRefused(text: String) {
        #expect(throws: JobError(.badRequest, "")) { try CronExpression(text) }
    }

    @Test func aTimeThatIsLeftOutComesLaterAndOneThatComesTwiceCountsOnce() throws {
        let zone = BerlinOf2026()
        func moments(_ cron: String, after: String, _ count: Int) throws -> [String] {
            var at = try Timestamp(iso8601: after)
            let cron = try CronExpression(cron)
            return try (0..<count).map { _ in
                at = try #require(cron.next(after: at, in: zone))
                return at.iso8601.replacing(":00.000000Z", with: "")
            }
        }
        #expect(
            try moments("30 2 * * *", after: "2026-03-28T00:00:00Z", 3)
                == ["2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"])
        #expect(
            try moments("30 2 * * *", after: "2026-10-24T00:00:00Z", 3)
                == ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"])
        #expect(
            try moments("30 * * * *", after: "2026-10-24T23:31:00Z", 3)
                == ["2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T02:30"])
        #expect(
            try moments("*/30 * * * *", after: "2026-03-29T00:31:00Z", 2) == ["2026-03-29T01:00", "2026-03-29T01:30"])
        #expect(
            try moments("0 0 * * *", after: "2026-06-01T00:00:00Z", 2) == ["2026-06-01T22:00", "2026-06-02T22:00"])
    }

    @Test func anOffsetIsTimeOfDayThere() throws {
        let next = try CronExpression("0 9 * * *").next(
            after: Timestamp(iso8601: "2026-11-21T00:00:00Z"), in: FixedZone(hours: 9))
        #expect(next == (try Timestamp(iso8601: "2026-11-22T00:00:00Z")))
        #expect(FixedZone(hours: 99).seconds == 14 * 3600)
    }

    /// The found moment is the first minute that fits, as counting minute by minute finds it.
    @Test(arguments: [UInt64(11)])
    func countingMinutesFindsTheSame(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        func field(_ range: ClosedRange<Int>) -> String {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return "*"
            case 1: return "*/\(Int.random(in: 1...7, using: &random))"
            case 2: return "\(Int.random(in: range, using: &random))"
            default:
                let low = Int.random(in: range, using: &random)
                return "\(low)-\(Int.random(in: low...range.upperBound, using: &random))"
            }
        }
        for _ in 0..<60 {
            let text = [field(0...59), field(0...23), field(1...28), "*", field(0...6)].joined(separator: " ")
            let cron = try CronExpression(text)
            let start = Timestamp(microseconds: 1_795_000_000_000_000)
            let next = try #require(cron.next(after: start), "seed \(seed) \(text)")
            let again = try #require(cron.next(after: next), "seed \(seed) \(text)")
            #expect(next > start && again > next && next.microseconds % 60_000_000 == 0, "seed \(seed) \(text)")
            let before = next.advanced(byMicroseconds: -1)
            #expect(cron.next(after: before) == next, "seed \(seed) \(text)")
            let middle = Timestamp(microseconds: (start.microseconds + next.microseconds) / 2)
            #expect(cron.next(after: middle) == next, "seed \(seed) \(text)")
        }
    }

    @Test(arguments: DatabaseKind.all)
    func everyMomentMakesOneJobOverAllProcesses(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let schedule = JobSchedule("tidy", try CronExpression("*/10 * * * *")) { moment in
                JobRequest(kind: "tidy", args: Array(moment.iso8601.utf8))
            }
            let here = try JobSchedules(desk.queue, [schedule])
            let there = try JobSchedules(desk.another(), [schedule])
            #expect(try await here.tick().isEmpty)
            for _ in 0..<6 {
                desk.pass(.seconds(300))
                async let a = here.tick()
                async let b = there.tick()
                _ = try await (a, b)
            }
            #expect(try await desk.queue.jobs().items.count == 3)
            desk.pass(.seconds(-900))
            #expect(try await there.tick().isEmpty)
            desk.pass(.seconds(86_400 * 400))
            #expect(try await here.tick().count == 1)
            #expect(try await there.tick().isEmpty)
            #expect(throws: JobError(.badRequest, "")) { try JobSchedules(desk.queue, [schedule, schedule]) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aScheduleWhoseJobCannotBeMadeDoesNotStopTheNext(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let hourly = try CronExpression("@hourly")
            let schedules = try JobSchedules(
                desk.queue,
                [
                    JobSchedule("bad", hourly) { _ in JobRequest(kind: "") },
                    JobSchedule("good", hourly) { _ in JobRequest(kind: "work") },
                ])
            #expect(try await schedules.tick().isEmpty)
            desk.pass(.seconds(3600))
            await #expect(throws: JobError(.badRequest, "")) { try await schedules.tick() }
            #expect(try await desk.queue.jobs().items.map(\.kind) == ["work"])
        }
    }

    @Test func aDrainedWorkerSeesEveryMoment() async throws {
        try await JobsDesk.open(.sqliteMemory) { desk in
            let schedules = try JobSchedules(
                desk.queue, [JobSchedule("hourly", try CronExpression("@hourly")) { _ in JobRequest(kind: "work") }])
            let worker = try desk.worker([TestHandler { _ in .done() }], schedules: schedules)
            #expect(try await desk.drain(worker, for: .seconds(86_400)) == 24)
        }
    }
}
