// The rule by which clocks change every year.

import BuskerCore

/// The rule of a zone after the changes that are listed: the text at the end of a TZif file, as POSIX writes `TZ`.
struct ZoneRule: Sendable, Hashable {
    /// Summer time: its offset, and when it begins and ends.
    struct Summer: Sendable, Hashable {
        let offset: Int64
        let begins: YearMoment
        let ends: YearMoment
    }

    /// A moment of every year.
    struct YearMoment: Sendable, Hashable {
        let day: Day
        /// Seconds from midnight, which may lie on another day.
        let seconds: Int64
    }

    /// A day of every year.
    enum Day: Sendable, Hashable {
        /// The n-th day, 1...365; 29 February is never counted.
        case withoutLeap(Int64)
        /// The n-th day from 0 on; 29 February is counted.
        case counted(Int64)
        /// Of a month, the week 1...5, where 5 is the last, and the day of the week from Sunday 0 on.
        case weekday(month: Int64, week: Int64, day: Int64)
    }

    /// Seconds east of UTC.
    let standard: Int64
    let summer: Summer?

    func offset(at seconds: Int64) -> Int64 {
        guard let summer else { return standard }
        let days = CivilDate.floorDivide(seconds + standard, by: 86_400).quotient
        let year = CivilDate(daysSince1970: days).year
        let begins = summer.begins.local(in: year) - standard
        let ends = summer.ends.local(in: year) - summer.offset
        let isSummer = begins < ends ? begins <= seconds && seconds < ends : !(ends <= seconds && seconds < begins)
        return isSummer ? summer.offset : standard
    }
}

extension ZoneRule.YearMoment {
    /// The moment in a year, in seconds since 1970 as if the clocks stood in UTC.
    func local(in year: Int64) -> Int64 { day.days(in: year) * 86_400 + seconds }
}

extension ZoneRule.Day {
    /// Days since 1970.
    func days(in year: Int64) -> Int64 {
        switch self {
        case .withoutLeap(let n): first(of: year, n >= 60 ? 3 : 1) + (n >= 60 ? n - 60 : n - 1)
        case .counted(let n): first(of: year, 1) + n
        case .weekday(let month, let week, let day):
            weekday(first: first(of: year, month), length: length(of: month, in: year), week, day)
        }
    }

    private func first(of year: Int64, _ month: Int64) -> Int64 {
        CivilDate(year: year, month: month, day: 1)?.daysSince1970 ?? 0
    }

    private func length(of month: Int64, in year: Int64) -> Int64 {
        month == 12 ? 31 : first(of: year, month + 1) - first(of: year, month)
    }

    /// 1 January 1970 was a Thursday.
    private func weekday(first: Int64, length: Int64, _ week: Int64, _ day: Int64) -> Int64 {
        let firstDay = CivilDate.floorDivide(first + 4, by: 7).rest
        var at = CivilDate.floorDivide(day - firstDay, by: 7).rest + (week - 1) * 7
        while at >= length { at -= 7 }
        return first + at
    }
}
