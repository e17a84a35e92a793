// Zones say what the machine's own library says, and refuse what is no zone.

import BuskerCore
import BuskerRetention
import BuskerStorage
import Foundation
import TestSupport
import Testing

@Suite struct ZoneTests {
    static let names = ["Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]

    @Test(arguments: names.prefix(4))
    func offsetsAreThoseOfAnotherLibrary(name: String) throws {
        let zone = try Zones.zone(name)
        let other = try #require(TimeZone(identifier: name))
        var random = SeededGenerator(seed: 41)
        for _ in 0..<3000 {
            let seconds = Int64.random(in: 0...4_100_000_000, using: &random)
            let wanted = other.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
            #expect(zone.offset(at: Timestamp(microseconds: us(seconds))) == Int64(wanted), "\(name) at \(seconds)")
        }
    }

    @Test(arguments: [
        ("Asia/Seoul", "2026-01-31T12:00:00+09:00", 0, 1, 0, "2026-02-28T12:00:00+09:00"),
        ("Asia/Seoul", "2024-02-29T00:00:00+09:00", 1, 0, 0, "2025-02-28T00:00:00+09:00"),
        ("Asia/Seoul", "2026-12-31T23:30:00+09:00", 5, 0, 0, "2031-12-31T23:30:00+09:00"),
        ("Asia/Seoul", "2026-03-15T08:00:00+09:00", 0, 25, 3, "2028-04-18T08:00:00+09:00"),
        ("Europe/Berlin", "2026-03-28T02:30:00+01:00", 0, 0, 1, "2026-03-29T03:30:00+02:00"),
        ("Europe/Berlin", "2026-10-24T02:30:00+02:00", 0, 0, 1, "2026-10-25T02:30:00+01:00"),
        ("Europe/Berlin", "2026-10-20T12:00:00+02:00", 0, 0, 30, "2026-11-19T12:00:00+01:00"),
        ("Europe/Berlin", "2049-12-31T00:00:00+01:00", 10, 6, 0, "2060-06-30T00:00:00+02:00"),
        ("America/New_York", "2026-03-07T02:00:00-05:00", 0, 0, 1, "2026-03-08T03:00:00-04:00"),
        ("America/New_York", "2026-10-31T01:59:59.999999-04:00", 0, 0, 1, "2026-11-01T01:59:59.999999-05:00"),
        ("UTC", "1969-12-31T23:59:59.999999Z", 0, 0, 1, "1970-01-01T23:59:59.999999Z"),
        ("-05:30", "2026-01-01T00:00:00-05:30", 0, 0, 365, "2027-01-01T00:00:00-05:30"),
    ])
    func calendarsCountOnTheWall(
        zone: String, start: String, years: Int64, months: Int64, days: Int64, end: String
    ) throws {
        let zone = try Zone(fixed: zone) ?? Zones.zone(zone)
        let made = RetentionMoment(.created, after: .calendar(years: years, months: months, days: days, zone))
        let file = try file(created: try moment(start))
        #expect(try #require(made.due(in: file.times)) == moment(end))
    }

    @Test func financialYearsEndAtMidnight() throws {
        let seoul = try Zones.zone("Asia/Seoul")
        let anchor = RetentionAnchor.fiscalYearEnd(of: .created, lastMonth: 12, seoul)
        func end(_ created: String, _ anchor: RetentionAnchor) throws -> Timestamp? {
            RetentionMoment(anchor).due(in: try file(created: try moment(created)).times)
        }
        #expect(try end("2026-12-31T14:59:59Z", anchor) == moment("2027-01-01T00:00:00+09:00"))
        #expect(try end("2026-12-31T15:00:00Z", anchor) == moment("2028-01-01T00:00:00+09:00"))
        let march = RetentionAnchor.fiscalYearEnd(of: .created, lastMonth: 3, .utc)
        #expect(try end("2026-03-31T23:59:59Z", march) == moment("2026-04-01T00:00:00Z"))
        #expect(try end("2026-04-01T00:00:00Z", march) == moment("2027-04-01T00:00:00Z"))
        #expect(try end("2026-04-01T00:00:00Z", .fiscalYearEnd(of: .paid, lastMonth: 3, .utc)) == nil)
    }

    @Test(arguments: ["", "Z", "+9:00", "+09:60", "+15:00", "09:00", "+0a:00", "+09:000", "utc"])
    func onlyOffsetsAreFixed(text: String) { #expect(Zone(fixed: text) == nil) }

    @Test func everyCutAndManyDamagesAreRefusedOrHarmless() throws {
        let bytes = try Zones.bytes("Europe/Berlin")
        for count in 0..<bytes.count {
            #expect(throws: RetentionError(.badZone, "")) { try Zone(name: "x", tzif: Array(bytes[..<count])) }
        }
        var random = SeededGenerator(seed: 5)
        for _ in 0..<3000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let zone = try? Zone(name: "x", tzif: damaged) else { continue }
            let at = Timestamp(microseconds: Int64.random(in: Int64.min...Int64.max, using: &random))
            #expect(zone.offset(at: at).magnitude <= 93_600)
        }
    }

    @Test func leapSecondsAndOldVersionsAreRefused() throws {
        var bytes = try Zones.bytes("Asia/Seoul")
        bytes[4] = 0
        #expect(throws: RetentionError(.badZone, "")) { try Zone(name: "x", tzif: bytes) }
        #expect(throws: RetentionError(.badZone, "")) {
            try Zone(name: "x", tzif: try Zones.bytes("Asia/Seoul") + [0])
        }
        #expect(throws: RetentionError(.badZone, "")) { try Zone(name: "", tzif: try Zones.bytes("Asia/Seoul")) }
    }

    @Test func everyZoneOfTheMachineIsRead() throws {
        for name in TimeZone.knownTimeZoneIdentifiers {
            guard let bytes = try? Zones.bytes(name) else { continue }
            #expect(throws: Never.self, "\(name)") { try Zone(name: name, tzif: bytes) }
        }
    }
}
