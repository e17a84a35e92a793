// Taking a whole apart into parts that sum to it again.

/// The exact division of a whole number into parts.
enum Split {
    /// The most parts of one split.
    static let limit = 65_536

    /// Equal parts that differ by at most one; the larger ones come first.
    static func equal(_ whole: Int64, into count: Int) throws(AmountError) -> [Int64] {
        guard (1...limit).contains(count) else {
            throw AmountError(.badSplit, "A whole is split into 1 to \(limit) parts, not \(count).")
        }
        let (part, rest) = whole.quotientAndRemainder(dividingBy: Int64(count))
        let step = whole.signum()
        return (0..<count).map { $0 < Int(rest.magnitude) ? part + step : part }
    }

    /// Parts in proportion to weights: each is rounded towards zero, then the largest fractions get what is left, one each.
    static func proportional(_ whole: Int64, by weights: [Int64]) throws(AmountError) -> [Int64] {
        let total = try totalWeight(weights)
        var left = whole.magnitude
        var parts: [UInt64] = []
        var rests: [(rest: UInt64, at: Int)] = []
        for (at, weight) in weights.enumerated() {
            let product = whole.magnitude.multipliedFullWidth(by: weight.magnitude)
            let (part, rest) = total.dividingFullWidth(product)
            parts.append(part)
            rests.append((rest, at))
            left -= part
        }
        rests.sort { $0.rest != $1.rest ? $0.rest > $1.rest : $0.at < $1.at }
        for (_, at) in rests.prefix(Int(left)) { parts[at] += 1 }
        var signed: [Int64] = []
        for part in parts { signed.append(try Int64(magnitude: part, negative: whole < 0)) }
        return signed
    }

    private static func totalWeight(_ weights: [Int64]) throws(AmountError) -> UInt64 {
        guard (1...limit).contains(weights.count) else {
            throw AmountError(.badSplit, "A whole is split by 1 to \(limit) weights, not \(weights.count).")
        }
        var total: Int64 = 0
        for weight in weights {
            guard weight >= 0 else { throw AmountError(.badSplit, "A weight is zero or more, not \(weight).") }
            let (sum, overflow) = total.addingReportingOverflow(weight)
            guard !overflow else { throw AmountError(.badSplit, "The weights sum to more than 64 bits hold.") }
            total = sum
        }
        guard total > 0 else { throw AmountError(.badSplit, "At least one weight must be more than zero.") }
        return total.magnitude
    }
}
