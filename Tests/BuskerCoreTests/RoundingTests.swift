// Multiplying and dividing, to the last bit.

import BuskerCore
import TestSupport
import Testing

@Suite struct RoundingTests {
    /// Numerator over 2 or 4, and the results of up, down, half up and half even.
    static let table: [(Int64, Int64, [Int64])] = [
        (0, 2, [0, 0, 0, 0]), (1, 2, [1, 0, 1, 0]), (2, 2, [1, 1, 1, 1]), (3, 2, [2, 1, 2, 2]), (5, 2, [3, 2, 3, 2]),
        (7, 2, [4, 3, 4, 4]), (1, 4, [1, 0, 0, 0]), (3, 4, [1, 0, 1, 1]), (9, 4, [3, 2, 2, 2]), (11, 4, [3, 2, 3, 3]),
    ]

    @Test(arguments: table)
    func everyRuleTreatsBothSignsAlike(numerator: Int64, divisor: Int64, expected: [Int64]) throws {
        for (rule, result) in zip([Rounding.up, .down, .halfUp, .halfEven], expected) {
            #expect(try numerator.multiplied(by: 1, dividedBy: divisor, rounding: rule) == result, "\(rule)")
            #expect(try (-numerator).multiplied(by: 1, dividedBy: divisor, rounding: rule) == -result, "\(rule)")
            #expect(try numerator.multiplied(by: -1, dividedBy: divisor, rounding: rule) == -result, "\(rule)")
            #expect(try numerator.multiplied(by: 1, dividedBy: -divisor, rounding: rule) == -result, "\(rule)")
            #expect(try (-numerator).multiplied(by: 1, dividedBy: -divisor, rounding: rule) == result, "\(rule)")
        }
    }

    @Test(arguments: Rounding.allCases)
    func theProductInBetweenMayPass64Bits(rule: Rounding) throws {
        #expect(try Int64.max.multiplied(by: .max, dividedBy: .max, rounding: rule) == .max)
        #expect(try Int64.min.multiplied(by: .max, dividedBy: .max, rounding: rule) == .min)
        #expect(try Int64.min.multiplied(by: .min, dividedBy: .min, rounding: rule) == .min)
        #expect(try Int64.max.multiplied(by: .min, dividedBy: .max, rounding: rule) == .min)
    }

    @Test(
        arguments: [
            (1, 1, 0), (0, 0, 0), (.min, -1, 1), (.min, 1, -1), (.max, 2, 1), (.min, .min, .max), (.max, .max, 1),
            (.min, .min, 1),
        ] as [(Int64, Int64, Int64)])
    func whatDoesNotFitIsRefused(value: Int64, factor: Int64, divisor: Int64) {
        for rule in Rounding.allCases {
            #expect(throws: AmountError(.overflow, "")) {
                try value.multiplied(by: factor, dividedBy: divisor, rounding: rule)
            }
        }
    }

    @Test func roundingUpMayBeWhatDoesNotFit() throws {
        let big = Int64.max
        #expect(try big.multiplied(by: 3, dividedBy: 3, rounding: .up) == .max)
        let product = (value: Int64(6_148_914_691_236_517_205), factor: Int64(3), divisor: Int64(2))
        #expect(try product.value.multiplied(by: product.factor, dividedBy: product.divisor, rounding: .down) == big)
        #expect(throws: AmountError(.overflow, "")) {
            try product.value.multiplied(by: product.factor, dividedBy: product.divisor, rounding: .halfUp)
        }
        #expect(try (-product.value).multiplied(by: product.factor, dividedBy: product.divisor, rounding: .up) == .min)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func resultsAreThoseOf128BitArithmetic(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for trial in 0..<4000 {
            let value = Self.anyNumber(&random)
            let factor = Self.anyNumber(&random)
            let divisor = Self.anyNumber(&random)
            for rule in Rounding.allCases {
                let result = try? value.multiplied(by: factor, dividedBy: divisor, rounding: rule)
                let expected = Self.model(value, factor, divisor, rule)
                if result != expected {
                    Issue.record(
                        "seed \(seed) trial \(trial): \(value) * \(factor) / \(divisor) \(rule) is \(String(describing: result))"
                    )
                }
            }
        }
    }

    /// Numbers of every length, with the ends and small ones in between.
    static func anyNumber(_ random: inout SeededGenerator) -> Int64 {
        let ends: [Int64] = [.min, .min + 1, -2, -1, 0, 1, 2, 3, .max - 1, .max]
        let choice = random.next()
        if choice % 8 == 0 { return ends[Int(choice / 8 % 10)] }
        return Int64(truncatingIfNeeded: random.next()) >> (choice / 8 % 64)
    }

    /// Finds the exact value's floor in 128 bits and chooses between it and the next number.
    static func model(_ value: Int64, _ factor: Int64, _ divisor: Int64, _ rule: Rounding) -> Int64? {
        guard divisor != 0 else { return nil }
        var top = Int128(value) * Int128(factor)
        var bottom = Int128(divisor)
        if bottom < 0 { (top, bottom) = (-top, -bottom) }
        let (quotient, rest) = top.quotientAndRemainder(dividingBy: bottom)
        let floor = rest < 0 ? quotient - 1 : quotient
        let fraction = top - floor * bottom
        guard fraction != 0 else { return Int64(exactly: floor) }
        let towardsZero = floor < 0 ? floor + 1 : floor
        let away = floor < 0 ? floor : floor + 1
        let chosen: Int128
        switch rule {
        case .up: chosen = away
        case .down: chosen = towardsZero
        case .halfUp where fraction * 2 == bottom: chosen = away
        case .halfEven where fraction * 2 == bottom: chosen = floor % 2 == 0 ? floor : floor + 1
        case .halfUp, .halfEven: chosen = fraction * 2 < bottom ? floor : floor + 1
        }
        return Int64(exactly: chosen)
    }
}
