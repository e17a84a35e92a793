// A calendar that was counted out day by day, for the oracle.

import BuskerCore
import BuskerRetention

/// Days from 1990 to 2060, each with its year, month and day; and the summer times of Berlin.
enum CountedCalendar {
    struct Day { let year, month, day: Int }

    static let days: [Day] = {
        var days: [Day] = []
        for year in 1990..<2060 {
            let isLeap = year % 4 == 0 && year != 2100
            for (month, length) in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
                for day in 1...length { days.append(Day(year: year, month: month + 1, day: day)) }
            }
        }
        return days
    }()

    /// 1990-01-01 is so many days after 1970-01-01, and a Monday.
    static let first = 7305

    static let places: [Int: Int] = Dictionary(
        uniqueKeysWithValues: days.enumerated().map { (key($1.year, $1.month, $1.day), $0 + first) })

    static func key(_ year: Int, _ month: Int, _ day: Int) -> Int { (year * 13 + month) * 32 + day }

    /// Seconds since 1970 at which Berlin's clocks change; the first change is to summer time.
    static let berlin: [Int64] = days.indices.filter { at in
        (days[at].month == 3 || days[at].month == 10) && days[at].day >= 25 && at % 7 == 6
    }.map { Int64($0 + first) * 86_400 + 3600 }

    static func offset(_ zone: String, _ seconds: Int64) -> Int64 {
        guard zone == "Europe/Berlin" else { return Zone(fixed: zone)?.offset(at: Timestamp(microseconds: 0)) ?? 0 }
        return berlin.filter { $0 <= seconds }.count % 2 == 1 ? 7200 : 3600
    }

    /// The moment at which clocks say this; of two the later one, in a gap what the clocks before it would have said.
    static func moment(_ zone: String, _ local: Int64) -> Int64 {
        var latest: Int64?
        for offset: Int64 in [-43_200, -18_000, 0, 3600, 7200, 32_400]
        where CountedCalendar.offset(zone, local - offset) == offset { latest = max(latest ?? .min, local - offset) }
        return latest ?? local - 3600
    }

    static func add(_ duration: RetentionDuration, to start: Int64) -> Int64 {
        switch duration {
        case .seconds(let seconds): return start + seconds * 1_000_000
        case .calendar(let years, let months, let more, let zone):
            let seconds = start >= 0 ? start / 1_000_000 : 0
            let local = seconds + offset(zone.name, seconds)
            let date = days[Int(local / 86_400) - first]
            var (year, month) = (date.year + Int(years), date.month)
            for _ in 0..<months {
                month += 1
                if month == 13 { (year, month) = (year + 1, 1) }
            }
            var day = date.day
            while places[key(year, month, day)] == nil { day -= 1 }
            let target = Int64(places[key(year, month, day)] ?? 0) + more
            return moment(zone.name, target * 86_400 + local % 86_400) * 1_000_000 + start % 1_000_000
        }
    }

    static func yearEnd(_ moment: Int64, _ lastMonth: Int64, _ zone: String) -> Int64 {
        let local = moment / 1_000_000 + offset(zone, moment / 1_000_000)
        var at = Int(local / 86_400) - first
        repeat { at += 1 } while !(days[at].day == 1 && days[at - 1].month == Int(lastMonth))
        return CountedCalendar.moment(zone, Int64(at + first) * 86_400) * 1_000_000
    }
}
