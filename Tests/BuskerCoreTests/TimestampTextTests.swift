// Moments as ISO 8601, over the whole calendar.

import TestSupport
import Testing

@testable import BuskerCore

@Suite struct TimestampTextTests {
    /// Within Python's years 1...9999 by its `datetime`, beyond them by counting leap years in whole numbers.
    @Test(
        arguments: [
            ("1970-01-01T00:00:00.000000Z", 0), ("2000-02-29T23:59:59.000000Z", 951_868_799_000_000),
            ("1900-02-28T23:59:59.000000Z", -2_203_891_201_000_000),
            ("1900-03-01T00:00:00.000000Z", -2_203_891_200_000_000),
            ("2024-02-29T12:00:00.000000Z", 1_709_208_000_000_000),
            ("2100-02-28T23:59:59.000000Z", 4_107_542_399_000_000),
            ("2100-03-01T00:00:00.000000Z", 4_107_542_400_000_000),
            ("0001-01-01T00:00:00.000000Z", -62_135_596_800_000_000),
            ("9999-12-31T23:59:59.000000Z", 253_402_300_799_000_000), ("1969-12-31T23:59:59.999999Z", -1),
            ("2026-11-21T06:18:19.000000Z", 1_795_241_899_000_000),
            ("1582-10-15T00:00:00.000000Z", -12_219_292_800_000_000),
            ("0004-02-29T00:00:00.000000Z", -62_035_891_200_000_000),
            ("0000-01-01T00:00:00.000000Z", -62_167_219_200_000_000),
            ("0000-02-29T00:00:00.000000Z", -62_162_121_600_000_000),
            ("0000-12-31T00:00:00.000000Z", -62_135_683_200_000_000),
            ("-000001-12-31T00:00:00.000000Z", -62_167_305_600_000_000),
            ("-000004-02-29T00:00:00.000000Z", -62_288_352_000_000_000),
            ("-000100-03-01T00:00:00.000000Z", -65_317_795_200_000_000),
            ("-000400-02-29T00:00:00.000000Z", -74_784_902_400_000_000),
            ("-009999-01-01T00:00:00.000000Z", -377_705_116_800_000_000),
            ("+010000-01-01T00:00:00.000000Z", 253_402_300_800_000_000), ("+294247-01-10T04:00:54.775807Z", .max),
            ("-290308-12-21T19:59:05.224192Z", .min),
        ] as [(String, Int64)])
    func knownMomentsGoRound(text: String, microseconds: Int64) throws {
        #expect(Timestamp(microseconds: microseconds).iso8601 == text)
        #expect(try Timestamp(iso8601: text).microseconds == microseconds)
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.5Z", 500_000), ("1970-01-01T00:00:00.000001Z", 1),
            ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31T18:30:00-05:30", 0), ("1970-01-01T00:00:00-00:00", 0),
            ("1970-01-01T23:59:00+23:59", 0), ("1969-12-31T23:59:59.25+00:00", -750_000),
            ("+001970-01-01T00:00:00Z", 0),
            ("+294247-01-10T05:00:54.775807+01:00", .max), ("-290308-12-21T18:59:05.224192-01:00", .min),
            ("2016-12-31T23:59:59Z", 1_483_228_799_000_000),
        ] as [(String, Int64)])
    func offsetsAndFractionsAreRead(text: String, microseconds: Int64) throws {
        #expect(try Timestamp(iso8601: text).microseconds == microseconds)
    }

    @Test(arguments: [
        "", "Z", "T", "1970", "1970-01-01", "1970-01-01T00:00Z", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z",
        "1970-01-01t00:00:00Z", "1970-01-01T00:00:00z", "19700101T000000Z", "1970-1-01T00:00:00Z",
        "970-01-01T00:00:00Z",
        "01970-01-01T00:00:00Z", "-1970-01-01T00:00:00Z", "-000000-01-01T00:00:00Z", "1970-00-01T00:00:00Z",
        "1970-13-01T00:00:00Z", "1970-01-00T00:00:00Z", "1970-01-32T00:00:00Z", "1970-04-31T00:00:00Z",
        "1900-02-29T00:00:00Z", "2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2024-02-30T00:00:00Z",
        "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "2016-12-31T23:59:60Z", "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00.0000001Z", "1970-01-01T00:00:00,5Z", "1970-01-01T00:00:00+1:00",
        "1970-01-01T00:00:00+0100", "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00+00:60", "1970-01-01T00:00:00ZZ",
        "1970-01-01T00:00:00Z ", " 1970-01-01T00:00:00Z", "1970-01-01T00:00:00+01:00Z", "１970-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z\0", "1970-01-01T00:00:00Z\u{301}", "1970-01-01T-1:00:00Z", "1970-01-01T00:00:0+0Z",
        "+294247-01-10T04:00:54.775808Z", "-290308-12-21T19:59:05.224191Z", "+999999-12-31T23:59:59Z",
        "-999999-01-01T00:00:00Z", "+294247-01-10T04:00:54.775807-00:01",
    ])
    func whatIsNotAMomentIsRefused(text: String) {
        #expect(throws: TextError(.badTimestamp, "")) { try Timestamp(iso8601: text) }
    }

    @Test func longTextsAreRefusedUnread() {
        let text = "1970-01-01T00:00:00." + String(repeating: "0", count: 1 << 20) + "Z"
        #expect(throws: TextError(.badTimestamp, "")) { try Timestamp(iso8601: text) }
    }

    /// Walks day by day, with the lengths of months as the only knowledge.
    @Test(arguments: [1, -1] as [Int64])
    func everyDayOfEightHundredYearsFollowsTheOneBefore(direction: Int64) {
        var (year, month, day): (Int64, Int64, Int64) = (1970, 1, 1)
        func length(_ month: Int64, _ year: Int64) -> Int64 {
            let leap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0
            return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Int(month) - 1]
        }
        for count in 0..<Int64(146_097 * 2) {
            let date = CivilDate(daysSince1970: count * direction)
            let isRight = date.year == year && date.month == month && date.day == day
            if !isRight || date.daysSince1970 != count * direction {
                Issue.record("day \(count * direction) is \(date), not \(year)-\(month)-\(day)")
                return
            }
            day += direction
            if day > length(month, year) {
                (month, day) = (month + 1, 1)
                if month > 12 { (year, month) = (year + 1, 1) }
            } else if day < 1 {
                month -= 1
                if month < 1 { (year, month) = (year - 1, 12) }
                day = length(month, year)
            }
        }
    }

    @Test(arguments: [41, 42] as [UInt64])
    func anyMomentGoesRound(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<3000 {
            let moment = Timestamp(microseconds: RoundingTests.anyNumber(&random))
            #expect(try Timestamp(iso8601: moment.iso8601) == moment, "seed \(seed): \(moment)")
        }
    }

    @Test(arguments: [51, 52] as [UInt64])
    func anyTextIsAMomentOrAnError(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let good = Array("2024-02-29T23:59:59.123456+01:30".utf8)
        let letters = Array("0123456789+-:.TZ \0".utf8)
        for trial in 0..<5000 {
            var bytes = good
            for _ in 0...(random.next() % 3) {
                bytes[Int(random.next() % 32)] = letters[Int(random.next() % UInt64(letters.count))]
            }
            if random.next() % 4 == 0 { bytes.removeLast(Int(random.next() % 32)) }
            guard let moment = try? Timestamp(iso8601: String(decoding: bytes, as: UTF8.self)) else { continue }
            #expect(try Timestamp(iso8601: moment.iso8601) == moment, "seed \(seed) trial \(trial)")
        }
    }
}
