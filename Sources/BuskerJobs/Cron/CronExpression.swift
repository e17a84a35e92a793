// When something is due by the calendar, in five fields.

import BuskerCore

/// Minute, hour, day of the month, month and day of the week, as cron writes them.
///
/// Each field is `*` or a list of numbers, ranges (`1-5`) and steps (`*/15`, `8-18/2`, `5/10`); months and days have their English names
/// of three letters too, and Sunday is 0 or 7. When both days are restricted, either is enough. `@hourly`, `@daily`, `@weekly`,
/// `@monthly` and `@yearly` are known.
public struct CronExpression: Sendable, Hashable, CustomStringConvertible {
    /// The text that was read.
    public let description: String
    let minutes: Set<Int>
    let hours: Set<Int>
    let days: Set<Int>
    let months: Set<Int>
    let weekdays: Set<Int>
    /// Whether the field begins with `*`: then the other day alone decides.
    let anyDay: Bool
    let anyWeekday: Bool
    /// Whether every hour is meant, so that what is meant is time that passes and not a time of day.
    let anyHour: Bool

    private static let names = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]
    private static let monthNames = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// Reads an expression.
    ///
    /// - Throws: ``JobError`` with `badRequest` when a field is none, or when no day of eight years fits.
    public init(_ text: String) throws(JobError) {
        guard text.utf8.count <= 256 else { throw Self.refusal(text) }
        let fields = (Self.names[text.lowercased()] ?? text).lowercased().split(whereSeparator: \.isWhitespace)
        guard fields.count == 5 else { throw Self.refusal(text) }
        description = text
        guard let minutes = Self.numbers(fields[0], 0...59), let hours = Self.numbers(fields[1], 0...23),
            let days = Self.numbers(fields[2], 1...31),
            let months = Self.numbers(fields[3], 1...12, Self.monthNames, 1),
            let weekdays = Self.numbers(fields[4], 0...7, Self.dayNames, 0)
        else { throw Self.refusal(text) }
        self.minutes = minutes
        self.hours = hours
        self.days = days
        self.months = months
        self.weekdays = Set(weekdays.map { $0 % 7 })
        anyDay = fields[2].first == "*"
        anyWeekday = fields[4].first == "*"
        anyHour = fields[1] == "*"
        guard (0..<2922).contains(where: { fits(CivilDate(daysSince1970: 10_957 + $0), 10_957 + $0) }) else {
            throw Self.refusal(text)
        }
    }

    /// Whether a day of the calendar is one of those that are meant.
    func fits(_ date: CivilDate, _ daysSince1970: Int64) -> Bool {
        guard months.contains(Int(date.month)) else { return false }
        let weekday = Int(CivilDate.floorDivide(daysSince1970 + 4, by: 7).rest)
        let fitsDay = days.contains(Int(date.day))
        let fitsWeekday = weekdays.contains(weekday)
        return anyDay || anyWeekday ? fitsDay && fitsWeekday : fitsDay || fitsWeekday
    }

    private static func refusal(_ text: String) -> JobError {
        JobError(
            .badRequest,
            "Five fields are needed: minute, hour, day, month, weekday, such as 30 4 * * 1-5; this is none: \(text.prefix(60))"
        )
    }

    private static func numbers(
        _ field: Substring, _ range: ClosedRange<Int>, _ names: [String] = [], _ first: Int = 0
    ) -> Set<Int>? {
        var all: Set<Int> = []
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "/", omittingEmptySubsequences: false)
            guard (1...2).contains(halves.count) else { return nil }
            var step = 1
            if halves.count == 2 {
                guard let number = digits(halves[1]), number >= 1 else { return nil }
                step = number
            }
            let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false)
            let low: Int
            let high: Int
            if halves[0] == "*" {
                (low, high) = (range.lowerBound, range.upperBound)
            } else {
                func number(_ text: Substring) -> Int? {
                    names.firstIndex(of: String(text)).map { $0 + first } ?? digits(text)
                }
                guard (1...2).contains(ends.count), let begin = number(ends[0]) else { return nil }
                low = begin
                guard let end = ends.count == 2 ? number(ends[1]) : halves.count == 2 ? range.upperBound : begin else {
                    return nil
                }
                high = end
            }
            guard range.contains(low), range.contains(high), low <= high else { return nil }
            all.formUnion(stride(from: low, through: high, by: step))
        }
        return all
    }

    private static func digits(_ text: Substring) -> Int? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}
