// What an amount is counted in.

extension Amount {
    /// What an amount is counted in, and how finely: credits with two decimals, or dollars and cents.
    public struct Unit: Sendable, Hashable, CustomStringConvertible {
        /// What a unit stands for.
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            /// Credits of the host's own making.
            case credit
            /// A currency.
            case money
        }

        /// 1 to 32 of `A-Z a-z 0-9 . _ -`, such as `credits` or `USD`.
        public let code: String
        /// The number of decimals of one step, 0 to 9: at scale 2 a step is a hundredth.
        public let scale: Int
        /// What the unit stands for.
        public let kind: Kind

        /// Makes a unit.
        ///
        /// - Throws: ``AmountError`` with `badUnit` when the code or the scale is outside its range.
        public init(code: String, scale: Int, kind: Kind = .credit) throws(AmountError) {
            guard (1...32).contains(code.utf8.count), code.utf8.allSatisfy(Self.allows) else {
                throw AmountError(.badUnit, "A unit's code is 1 to 32 of A-Z a-z 0-9 . _ and -.")
            }
            guard (0...9).contains(scale) else {
                throw AmountError(.badUnit, "A unit has 0 to 9 decimals, not \(scale).")
            }
            self.code = code
            self.scale = scale
            self.kind = kind
        }

        /// The unit in which a currency is counted.
        public init(_ currency: Currency) {
            code = currency.code
            scale = currency.exponent
            kind = .money
        }

        /// The code.
        public var description: String { code }

        private static func allows(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
    }
}
