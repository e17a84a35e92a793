// Parts sum to the whole, always.

import BuskerCore
import TestSupport
import Testing

@Suite struct SplitTests {
    static func amount(_ steps: Int64) throws -> Amount {
        Amount(steps: steps, unit: try Amount.Unit(code: "credits", scale: 2))
    }

    @Test(
        arguments: [
            (100, 3, [34, 33, 33]), (-100, 3, [-34, -33, -33]), (0, 2, [0, 0]), (2, 3, [1, 1, 0]), (7, 1, [7]),
            (.max, 2, [.max / 2 + 1, .max / 2]), (.min, 2, [.min / 2, .min / 2]), (.min, 1, [.min]),
        ] as [(Int64, Int, [Int64])])
    func equalPartsDifferByAtMostOneStep(whole: Int64, count: Int, parts: [Int64]) throws {
        #expect(try Self.amount(whole).split(into: count).map(\.steps) == parts)
        #expect(try Money(minorUnits: whole, currency: .usd).split(into: count).map(\.minorUnits) == parts)
    }

    @Test(
        arguments: [
            (100, [1, 1, 1], [34, 33, 33]), (100, [1, 0, 2], [33, 0, 67]), (-100, [1, 0, 2], [-33, 0, -67]),
            (5, [3, 7], [2, 3]), (1, [0, 1], [0, 1]), (10, [5, 3, 2], [5, 3, 2]), (.min, [1], [.min]),
            (.max, [.max], [.max]), (.min, [.max - 1, 1], [.min + 1, -1]), (0, [4, 5], [0, 0]),
        ] as [(Int64, [Int64], [Int64])])
    func partsFollowTheirWeights(whole: Int64, weights: [Int64], parts: [Int64]) throws {
        #expect(try Self.amount(whole).split(by: weights).map(\.steps) == parts)
        #expect(try Money(minorUnits: whole, currency: .krw).split(by: weights).map(\.minorUnits) == parts)
    }

    @Test(arguments: [-1, 0, 65_537, Int.min, Int.max])
    func countsOutsideTheRangeAreRefused(count: Int) throws {
        let whole = try Self.amount(100)
        #expect(throws: AmountError(.badSplit, "")) { try whole.split(into: count) }
    }

    @Test(
        arguments: [
            [], [0], [0, 0], [1, -1], [.min], [.max, 1], [.max, .max, 3], [Int64](repeating: 1, count: 65_537),
        ] as [[Int64]])
    func weightsOutsideTheRangeAreRefused(weights: [Int64]) throws {
        let whole = try Self.amount(100)
        #expect(throws: AmountError(.badSplit, "")) { try whole.split(by: weights) }
    }

    @Test func theLargestSplitIsPossible() throws {
        let parts = try Self.amount(65_537).split(into: 65_536).map(\.steps)
        #expect(parts.first == 2 && parts.dropFirst().allSatisfy { $0 == 1 })
        let weighted = try Self.amount(65_537).split(by: [Int64](repeating: 9, count: 65_536)).map(\.steps)
        #expect(weighted == parts)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func partsSumToTheWholeAndLieNextToTheirExactShare(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for trial in 0..<400 {
            let whole = RoundingTests.anyNumber(&random)
            let count = Int(random.next() % 12) + 1
            let weights = (0..<count).map { _ in
                Int64(truncatingIfNeeded: random.next() >> 1) >> Int64(4 + random.next() % 60)
            }
            let total = weights.reduce(Int128(0)) { $0 + Int128($1) }
            guard total > 0 else { continue }
            let parts = try Self.amount(whole).split(by: weights).map(\.steps)
            let place = "seed \(seed) trial \(trial): \(whole) by \(weights) is \(parts)"
            #expect(parts.reduce(Int128(0)) { $0 + Int128($1) } == Int128(whole), "\(place)")
            for (part, weight) in zip(parts, weights) {
                let scaled = Int128(whole) * Int128(weight)
                #expect((Int128(part) * total - scaled).magnitude < total.magnitude, "\(place)")
            }
            let equal = try Self.amount(whole).split(into: count).map(\.steps)
            #expect(equal.reduce(Int128(0)) { $0 + Int128($1) } == Int128(whole), "\(place)")
        }
    }
}
