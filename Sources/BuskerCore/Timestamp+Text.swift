// Points in time as ISO 8601 text.

extension Timestamp {
    /// The moment in UTC to the microsecond, such as `2026-11-21T06:18:19.000000Z`.
    ///
    /// The calendar is the proleptic Gregorian one of ISO 8601, in which the year 0 comes before the year 1. Years outside
    /// 0...9999 have a sign and six digits.
    public var iso8601: String {
        let (days, rest) = CivilDate.floorDivide(microseconds, by: CivilDate.microsecondsOfDay)
        let date = CivilDate(daysSince1970: days)
        let seconds = rest / 1_000_000
        let time = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { Self.digits($0, 2) }.joined(separator: ":")
        let year: String
        if (0...9999).contains(date.year) {
            year = Self.digits(date.year, 4)
        } else {
            year = (date.year < 0 ? "-" : "+") + Self.digits(Int64(date.year.magnitude), 6)
        }
        let day = "\(year)-\(Self.digits(date.month, 2))-\(Self.digits(date.day, 2))"
        return "\(day)T\(time).\(Self.digits(rest % 1_000_000, 6))Z"
    }

    /// Reads a moment such as `2026-11-21T06:18:19Z` or `2026-11-21T07:18:19.25+01:00`.
    ///
    /// Date, time and offset are required; a second may have one to six decimals, a year outside 0...9999 a sign and six digits.
    /// Days that no calendar has, leap seconds, the hour 24, and finer fractions are refused.
    ///
    /// - Throws: ``TextError`` with `badTimestamp`.
    public init(iso8601 text: String) throws(TextError) {
        var reader = DigitReader(text)
        guard let moment = reader.moment(), let microseconds = Int64(exactly: moment) else {
            throw TextError(
                .badTimestamp, "A moment is written like 2026-11-21T06:18:19Z or 2026-11-21T07:18:19.25+01:00.")
        }
        self.init(microseconds: microseconds)
    }

    private static func digits(_ number: Int64, _ count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
    }
}

/// Reads a moment from left to right; each step answers nothing when the text is not as it should be.
private struct DigitReader {
    private var rest: [UInt8].SubSequence

    /// Keeps as much of the text as a moment can have, and one byte more.
    init(_ text: String) { rest = Array(text.utf8.prefix(40))[...] }

    mutating func moment() -> Int128? {
        guard let year = year(), take("-"), let month = number(2), take("-"), let day = number(2), take("T"),
            let date = CivilDate(year: year, month: month, day: day), let hour = number(2), hour < 24, take(":"),
            let minute = number(2), minute < 60, take(":"), let second = number(2), second < 60,
            let fraction = fraction(), let offset = offset(), rest.isEmpty
        else { return nil }
        let seconds = date.daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second - offset
        return Int128(seconds) * 1_000_000 + Int128(fraction)
    }

    private mutating func year() -> Int64? {
        if take("+") { return number(6) }
        guard take("-") else { return number(4) }
        guard let year = number(6), year != 0 else { return nil }
        return -year
    }

    private mutating func fraction() -> Int64? {
        guard take(".") else { return 0 }
        let digits = rest.prefix { UInt8(ascii: "0") <= $0 && $0 <= UInt8(ascii: "9") }.count
        guard (1...6).contains(digits), let value = number(digits) else { return nil }
        return (digits..<6).reduce(value) { value, _ in value * 10 }
    }

    /// Seconds east of UTC.
    private mutating func offset() -> Int64? {
        if take("Z") { return 0 }
        let sign: Int64 = take("+") ? 1 : -1
        guard sign == 1 || take("-") else { return nil }
        guard let hours = number(2), hours < 24, take(":"), let minutes = number(2), minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func number(_ count: Int) -> Int64? {
        guard rest.count >= count else { return nil }
        var value: Int64 = 0
        for digit in rest.prefix(count) {
            guard UInt8(ascii: "0") <= digit, digit <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        rest = rest.dropFirst(count)
        return value
    }
}
