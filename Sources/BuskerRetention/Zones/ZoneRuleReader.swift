// Reads the rule at the end of a file of the time zone database.

/// Reads such a text as `CET-1CEST,M3.5.0,M10.5.0/3` from left to right; what is not understood is nothing.
struct ZoneRuleReader {
    private var rest: ArraySlice<UInt8>

    init(_ text: ArraySlice<UInt8>) { rest = text }

    mutating func rule() -> ZoneRule? {
        guard name(), let west = time(hoursMax: 24) else { return nil }
        guard !rest.isEmpty else { return ZoneRule(standard: -west, summer: nil) }
        guard name() else { return nil }
        var summer = west - 3600
        if rest.first != UInt8(ascii: ",") {
            guard let given = time(hoursMax: 24) else { return nil }
            summer = given
        }
        guard take(","), let begins = moment(), take(","), let ends = moment(), rest.isEmpty else { return nil }
        return ZoneRule(
            standard: -west, summer: ZoneRule.Summer(offset: -summer, begins: begins, ends: ends))
    }

    private mutating func moment() -> ZoneRule.YearMoment? {
        guard let day = day() else { return nil }
        guard take("/") else { return ZoneRule.YearMoment(day: day, seconds: 7200) }
        guard let seconds = time(hoursMax: 167) else { return nil }
        return ZoneRule.YearMoment(day: day, seconds: seconds)
    }

    private mutating func day() -> ZoneRule.Day? {
        if take("M") {
            guard let month = number(), (1...12).contains(month), take("."), let week = number(),
                (1...5).contains(week), take("."), let day = number(), (0...6).contains(day)
            else { return nil }
            return .weekday(month: month, week: week, day: day)
        }
        if take("J") {
            guard let n = number(), (1...365).contains(n) else { return nil }
            return .withoutLeap(n)
        }
        guard let n = number(), (0...365).contains(n) else { return nil }
        return .counted(n)
    }

    /// Hours, and perhaps minutes and seconds, with a sign, in seconds.
    private mutating func time(hoursMax: Int64) -> Int64? {
        let sign: Int64 = take("-") ? -1 : 1
        if sign == 1 { _ = take("+") }
        guard let hours = number(), hours <= hoursMax else { return nil }
        var seconds = hours * 3600
        for unit: Int64 in [60, 1] {
            guard take(":") else { break }
            guard let part = number(), part < 60 else { return nil }
            seconds += part * unit
        }
        return sign * seconds
    }

    /// The name of a time: three letters or more, or any of `A-Za-z0-9+-` in angles.
    private mutating func name() -> Bool {
        if take("<") {
            let inside = rest.prefix { Self.isLetter($0) || Self.isDigit($0) || $0 == 0x2B || $0 == 0x2D }
            rest = rest.dropFirst(inside.count)
            return inside.count >= 3 && take(">")
        }
        let letters = rest.prefix(while: Self.isLetter)
        rest = rest.dropFirst(letters.count)
        return letters.count >= 3
    }

    private mutating func number() -> Int64? {
        let digits = rest.prefix(while: Self.isDigit)
        guard (1...3).contains(digits.count) else { return nil }
        rest = rest.dropFirst(digits.count)
        return digits.reduce(0) { $0 * 10 + Int64($1 - 48) }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest = rest.dropFirst()
        return true
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte & 0xDF) }
    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
