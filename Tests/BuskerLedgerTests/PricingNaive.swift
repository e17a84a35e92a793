// A naive price: counting loops over small whole numbers, to hold the real one against.

import BuskerCore
import BuskerLedger

/// A meter as plain numbers: prices in thousandths, quantities in base units.
struct NaiveMeter: CustomStringConvertible {
    enum Scheme: CaseIterable { case flat, perUnit, package, graduated, volume }

    var scheme = Scheme.perUnit
    var unit = 1
    var step = 1
    var rounding = Rounding.up
    var minimumQuantity = 0
    var freePerJob = 0
    var freePerPeriod = 0
    var freeUsed = 0
    /// The ends of all tiers but the last.
    var ends: [Int] = []
    /// Price and flat price in thousandths, for each tier; other schemes use the first.
    var prices: [(rate: Int, flat: Int)] = [(1000, 0)]
    var size = 1
    var discount = 0
    var maximumSteps: Int?
    var minimumSteps: Int?
    var scale = 2
    var cardRounding = Rounding.halfUp

    var description: String {
        "\(scheme) unit \(unit) step \(step) \(rounding) least \(minimumQuantity) free \(freePerJob)+\(freePerPeriod)"
            + "-\(freeUsed) ends \(ends) prices \(prices) size \(size) off \(discount) max \(maximumSteps ?? -1) "
            + "min \(minimumSteps ?? -1) scale \(scale) \(cardRounding)"
    }

    /// The price of a quantity in steps.
    func steps(_ quantity: Int) -> Int {
        var payable = billed(quantity)
        var job = freePerJob
        var period = max(freePerPeriod - freeUsed, 0)
        while payable > 0, job > 0 { (payable, job) = (payable - 1, job - 1) }
        while payable > 0, period > 0 { (payable, period) = (payable - 1, period - 1) }
        if payable == 0 { return 0 }
        var scaleFactor = 1
        for _ in 0..<scale { scaleFactor *= 10 }
        let top = thousandthsOverUnit(payable) * (100 - discount) * scaleFactor
        let bottom = 1000 * unit * 100
        var (amount, over) = (top, bottom)
        if let maximumSteps, amount > maximumSteps * over { (amount, over) = (maximumSteps, 1) }
        if let minimumSteps, amount < minimumSteps * over { (amount, over) = (minimumSteps, 1) }
        return Self.round(amount, over, cardRounding)
    }

    func billed(_ quantity: Int) -> Int { max(Self.round(quantity, step, rounding) * step, minimumQuantity) }

    /// The price in thousandths of an unit, times the base units in a unit.
    private func thousandthsOverUnit(_ payable: Int) -> Int {
        switch scheme {
        case .flat: return prices[0].rate * unit
        case .perUnit: return payable * prices[0].rate
        case .package:
            var packages = 0
            while packages * size < payable { packages += 1 }
            return packages * prices[0].rate * unit
        case .graduated:
            var sum = 0
            for base in 1...payable {
                sum += prices[tier(of: base)].rate
                if base == 1 || tier(of: base) != tier(of: base - 1) { sum += prices[tier(of: base)].flat * unit }
            }
            return sum
        case .volume:
            return payable * prices[tier(of: payable)].rate + prices[tier(of: payable)].flat * unit
        }
    }

    private func tier(of base: Int) -> Int { ends.firstIndex { base <= $0 } ?? ends.count }

    private static func round(_ top: Int, _ bottom: Int, _ rule: Rounding) -> Int {
        let floor = top / bottom
        let twice = 2 * (top - floor * bottom)
        switch rule {
        case .up: return twice > 0 ? floor + 1 : floor
        case .down: return floor
        case .halfUp: return twice >= bottom ? floor + 1 : floor
        case .halfEven: return twice > bottom || twice == bottom && floor % 2 == 1 ? floor + 1 : floor
        }
    }

    /// The same meter on a real card.
    func card() throws -> RateCard {
        func decimal(_ thousandths: Int) throws -> ExactDecimal {
            try ExactDecimal(digits: Int64(thousandths), scale: 3)
        }
        var tiers: [Tier] = []
        for (at, price) in prices.enumerated() {
            let end = at < ends.count ? Int64(ends[at]) : nil
            tiers.append(Tier(upTo: end, rate: try decimal(price.rate), flat: try decimal(price.flat)))
        }
        let price: Price =
            switch scheme {
            case .flat: .flat(tiers[0].rate)
            case .perUnit: .perUnit(tiers[0].rate)
            case .package: .package(size: Int64(size), tiers[0].rate)
            case .graduated: .graduated(tiers)
            case .volume: .volume(tiers)
            }
        let measure = try Measure(
            "unit", base: "base", unit: Int64(unit), step: Int64(step), rounding: rounding,
            minimum: Int64(minimumQuantity))
        let meter = Meter(
            "work", measure, free: try FreeQuota(perJob: Int64(freePerJob), perPeriod: Int64(freePerPeriod)),
            price: price, discount: try ExactDecimal(digits: Int64(discount)),
            maximum: try maximumSteps.map { try ExactDecimal(digits: Int64($0), scale: scale) },
            minimum: try minimumSteps.map { try ExactDecimal(digits: Int64($0), scale: scale) })
        return try RateCard(
            "naive", effectiveAt: Timestamp(microseconds: 0), unit: Amount.Unit(code: "credits", scale: scale),
            rounding: cardRounding, meters: [meter])
    }

    /// A meter drawn at random.
    static func random(_ dice: inout some RandomNumberGenerator) -> NaiveMeter {
        func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &dice) }
        var meter = NaiveMeter()
        meter.scheme = Scheme.allCases[draw(0...4)]
        meter.unit = [1, 2, 3, 7, 10, 60][draw(0...5)]
        meter.step = [1, meter.unit, draw(1...12)][draw(0...2)]
        meter.rounding = Rounding.allCases[draw(0...3)]
        meter.minimumQuantity = meter.step * draw(0...2)
        meter.freePerJob = [0, 0, draw(0...9)][draw(0...2)]
        meter.freePerPeriod = [0, 0, draw(0...40)][draw(0...2)]
        meter.freeUsed = draw(0...45)
        let tiers = draw(1...4)
        meter.ends = Set((1..<max(tiers, 2)).map { _ in draw(1...120) }).sorted()
        meter.prices = (0...meter.ends.count).map { _ in (draw(0...4000), [0, draw(0...900)][draw(0...1)]) }
        meter.size = draw(1...30)
        meter.discount = [0, 0, 100, draw(1...99)][draw(0...3)]
        meter.scale = draw(0...3)
        let least = [nil, draw(0...60)][draw(0...1)]
        meter.minimumSteps = least
        meter.maximumSteps = [nil, (least ?? 0) + draw(0...300)][draw(0...1)]
        meter.cardRounding = Rounding.allCases[draw(0...3)]
        return meter
    }
}
