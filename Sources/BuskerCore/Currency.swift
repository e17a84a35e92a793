// The active currencies of ISO 4217.

/// An active currency of ISO 4217 that has minor units.
///
/// The table is the one in force in 2026. Precious metals, testing codes and baskets without minor units are not in it, nor
/// are currencies that were withdrawn. Payment providers may count some currencies in other steps: that is theirs to state.
public struct Currency: Sendable, Hashable, CustomStringConvertible {
    /// Three capital letters, such as `USD`.
    public let code: String
    /// The number of decimals of the minor unit: 0, 2, 3 or 4.
    public let exponent: Int
    /// The three-digit number of the standard, such as 840.
    public let numericCode: Int

    init(code: String, exponent: Int, numericCode: Int) {
        self.code = code
        self.exponent = exponent
        self.numericCode = numericCode
    }

    /// The currency with a code of three capital letters.
    ///
    /// - Throws: ``AmountError`` with `unknownCurrency`.
    public init(_ code: String) throws(AmountError) {
        guard code.utf8.count == 3, let known = CurrencyTable.byCode[code] else {
            throw AmountError(.unknownCurrency, "No active currency has that code; use three capital letters like USD.")
        }
        self = known
    }

    /// Every currency, in the order of the codes.
    public static var all: [Currency] { CurrencyTable.all }

    /// The United States dollar.
    public static let usd = Currency(code: "USD", exponent: 2, numericCode: 840)
    /// The euro.
    public static let eur = Currency(code: "EUR", exponent: 2, numericCode: 978)
    /// The pound sterling.
    public static let gbp = Currency(code: "GBP", exponent: 2, numericCode: 826)
    /// The Japanese yen.
    public static let jpy = Currency(code: "JPY", exponent: 0, numericCode: 392)
    /// The South Korean won.
    public static let krw = Currency(code: "KRW", exponent: 0, numericCode: 410)

    /// The code.
    public var description: String { code }
}
