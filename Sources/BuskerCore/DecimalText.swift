// Decimal numbers as text, without rounding.

/// Whole steps of a scale as decimal text: 1250 steps at scale 2 are "12.50".
package enum DecimalText {
    /// The shortest text that shows every digit of the scale.
    package static func text(_ steps: Int64, scale: Int) -> String {
        var digits = String(steps.magnitude)
        if scale > 0 {
            if digits.utf8.count <= scale {
                digits = String(repeating: "0", count: scale + 1 - digits.utf8.count) + digits
            }
            digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -scale))
        }
        return steps < 0 ? "-" + digits : digits
    }

    /// The steps that a text means: `-?(0|[1-9][0-9]*)(\.[0-9]+)?` with at most `scale` digits behind the point.
    package static func steps(_ text: String, scale: Int) throws(AmountError) -> Int64 {
        var rest = text.utf8[...]
        let negative = rest.first == UInt8(ascii: "-")
        if negative { rest = rest.dropFirst() }
        let whole = rest.prefix { $0 != UInt8(ascii: ".") }
        let fraction = rest.dropFirst(whole.count)
        guard !whole.isEmpty, fraction.count != 1, whole.count == 1 || whole.first != UInt8(ascii: "0") else {
            throw AmountError(.badNumber, "A number is written like 12 or -12.5, without other signs or spaces.")
        }
        let digits = fraction.dropFirst()
        guard digits.count <= scale else {
            throw AmountError(.badNumber, "The number has more than the \(scale) decimals that its unit has.")
        }
        var steps: Int64 = 0
        for digit in whole { steps = try append(digit, to: steps, negative) }
        for digit in digits { steps = try append(digit, to: steps, negative) }
        for _ in digits.count..<scale { steps = try append(UInt8(ascii: "0"), to: steps, negative) }
        return steps
    }

    private static func append(_ digit: UInt8, to steps: Int64, _ negative: Bool) throws(AmountError) -> Int64 {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else {
            throw AmountError(.badNumber, "A number is written like 12 or -12.5, without other signs or spaces.")
        }
        let value = Int64(digit - UInt8(ascii: "0"))
        let shifted = try steps.checkedProduct(10)
        return negative ? try shifted.checkedDifference(value) : try shifted.checkedSum(value)
    }
}
