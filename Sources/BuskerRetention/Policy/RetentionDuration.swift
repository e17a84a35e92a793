// Lengths of time that a policy waits.

import BuskerCore

/// A length of time: exact seconds, or days, months and years of a calendar on the wall of a zone.
public enum RetentionDuration: Sendable, Hashable {
    /// So many seconds, 0...100,000,000,000.
    case seconds(Int64)
    /// Years 0...1000, months 0...12,000 and days 0...366,000, counted in this order on the clocks of a zone.
    ///
    /// A day that a month does not have is its last. Clocks that say a time twice mean the later one, and one that they
    /// leave out is as far behind the gap.
    case calendar(years: Int64, months: Int64, days: Int64, Zone)

    /// So many hours of 3600 seconds.
    public static func hours(_ hours: Int64) -> RetentionDuration {
        .seconds(hours.multipliedReportingOverflow(by: 3600).partialValue)
    }

    /// So many days of a calendar.
    public static func days(_ days: Int64, in zone: Zone = .utc) -> RetentionDuration {
        .calendar(years: 0, months: 0, days: days, zone)
    }

    /// So many years of a calendar.
    public static func years(_ years: Int64, in zone: Zone) -> RetentionDuration {
        .calendar(years: years, months: 0, days: 0, zone)
    }

    /// Whether the numbers are within their ranges.
    var isInRange: Bool {
        switch self {
        case .seconds(let seconds): (0...100_000_000_000).contains(seconds)
        case .calendar(let years, let months, let days, _):
            (0...1000).contains(years) && (0...12_000).contains(months) && (0...366_000).contains(days)
        }
    }

    /// No moment is fewer seconds later than this, whatever the calendar; for looking through many rows.
    var secondsMin: Int64 {
        guard isInRange else { return 0 }
        switch self {
        case .seconds(let seconds): return seconds
        case .calendar(let years, let months, let days, _):
            return max(0, (years * 365 + months * 28 + days - 3) * 86_400)
        }
    }

    /// The moment this much later, held at the ends of the range.
    func end(from start: Timestamp) -> Timestamp {
        guard isInRange else { return Timestamp(microseconds: .max) }
        switch self {
        case .seconds(let seconds): return start.advanced(byMicroseconds: seconds * 1_000_000)
        case .calendar(let years, let months, let days, let zone):
            var local = LocalTime(start, in: zone)
            local.add(years: years, months: months, days: days)
            return local.moment(in: zone)
        }
    }
}

/// A moment as the clocks of a zone show it.
struct LocalTime {
    /// Days since 1970.
    private(set) var day: Int64
    /// Microseconds from midnight.
    private let rest: Int64

    init(_ moment: Timestamp, in zone: Zone) {
        let (seconds, micros) = CivilDate.floorDivide(moment.microseconds, by: 1_000_000)
        let (day, rest) = CivilDate.floorDivide(seconds + zone.offset(at: seconds), by: 86_400)
        self.day = day
        self.rest = rest * 1_000_000 + micros
    }

    /// Midnight at the beginning of a day.
    init(midnightOf date: CivilDate) {
        day = date.daysSince1970
        rest = 0
    }

    var date: CivilDate { CivilDate(daysSince1970: day) }

    mutating func add(years: Int64, months: Int64, days: Int64) {
        if years != 0 || months != 0 {
            let date = date
            let (year, month) = CivilDate.floorDivide((date.year + years) * 12 + date.month - 1 + months, by: 12)
            var last = date.day
            while last > 28, CivilDate(year: year, month: month + 1, day: last) == nil { last -= 1 }
            day = CivilDate(year: year, month: month + 1, day: last)?.daysSince1970 ?? day
        }
        day += days
    }

    func moment(in zone: Zone) -> Timestamp {
        let seconds = zone.moment(ofLocal: day * 86_400 + rest / 1_000_000)
        let exact = Int128(seconds) * 1_000_000 + Int128(rest % 1_000_000)
        return Timestamp(microseconds: Int64(clamping: exact))
    }
}
