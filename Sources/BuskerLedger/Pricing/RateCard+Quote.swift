// How a card prices what was used.

public import BuskerCore

extension RateCard {
    /// What usages cost by this version of the card.
    ///
    /// - Parameters:
    ///   - usages: what was used, 1 to 1,000 lines. Lines of the same meter share what is free for the job.
    ///   - freeUsed: base units of each meter's free quota that the account used in the period before.
    ///   - instant: when it is used; it decides the period of free quotas, not the version.
    /// - Throws: ``LedgerError`` with `badPricing` when a meter or quantity is wrong, with `overflow`.
    public func quote(
        _ usages: [Usage], freeUsed: [String: Int64] = [:], at instant: Timestamp
    ) throws(LedgerError) -> Quote {
        guard (1...PricingLimits.usagesMax).contains(usages.count) else {
            throw .pricing("A quote has 1 to \(PricingLimits.usagesMax) lines.")
        }
        var left = FreeLeft(used: freeUsed)
        var lines: [QuoteLine] = []
        var total: Int64 = 0
        for usage in usages {
            let line = try line(usage, try meter(named: usage.meter), &left, instant)
            let (sum, overflow) = total.addingReportingOverflow(line.amount.steps)
            guard !overflow, sum <= LedgerLimits.amountMax else { throw .tooLarge("The price") }
            total = sum
            lines.append(line)
        }
        return Quote(
            card: name, version: version, at: instant, rounding: rounding, lines: lines,
            total: Amount(steps: total, unit: unit))
    }

    private func line(
        _ usage: Usage, _ meter: Meter, _ left: inout FreeLeft, _ instant: Timestamp
    ) throws(LedgerError) -> QuoteLine {
        let billed = try meter.measure.billed(usage.quantity)
        let free = left.take(billed, meter)
        let payable = billed - free.job - free.period
        let parts = try meter.price.parts(payable, meter.measure)
        var subtotal = Fraction.zero
        for part in parts { subtotal = try subtotal.adding(part.amount) }
        let percent = try meter.discount.fraction.multiplied(by: Fraction(1, over: 100))
        let discount = try subtotal.multiplied(by: percent)
        var exact = try subtotal.subtracting(discount)
        var bound: QuoteLine.Bound?
        if let maximum = try meter.maximum?.fraction, try exact.exceeds(maximum) {
            exact = maximum
            bound = .maximum
        }
        if payable > 0, let minimum = try meter.minimum?.fraction, try minimum.exceeds(exact) {
            exact = minimum
            bound = .minimum
        }
        let steps = try exact.multiplied(by: Fraction(Fraction.power(ofTen: unit.scale))).rounded(rounding)
        let hasPeriod = meter.free.map { $0.perPeriod > 0 } ?? false
        return QuoteLine(
            usage: usage, measure: meter.measure, billed: billed, freeForJob: free.job, freeForPeriod: free.period,
            periodStart: hasPeriod ? meter.free?.period.start(at: instant) : nil, parts: parts, subtotal: subtotal,
            discountPercent: meter.discount, discount: discount, bound: bound, exact: exact,
            amount: Amount(steps: steps, unit: unit))
    }
}

/// What is still free while the lines of one quote are priced.
private struct FreeLeft {
    var used: [String: Int64]
    var usedByJob: [String: Int64] = [:]

    init(used: [String: Int64]) { self.used = used }

    /// Takes what is free of a quantity: first what is free for the job, then what is left of the period.
    mutating func take(_ quantity: Int64, _ meter: Meter) -> (job: Int64, period: Int64) {
        guard let free = meter.free else { return (0, 0) }
        let job = min(quantity, max(free.perJob - usedByJob[meter.name, default: 0], 0))
        usedByJob[meter.name, default: 0] += job
        let left = max(free.perPeriod - max(used[meter.name, default: 0], 0), 0)
        let period = min(quantity - job, left)
        if period > 0 { used[meter.name] = max(used[meter.name, default: 0], 0) + period }
        return (job, period)
    }
}
