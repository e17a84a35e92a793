// What the judge of payments says.

/// Whether a payment pays for what it should, and if not, why; new reasons may appear in any release.
public struct PaymentVerdict: Sendable, Hashable, CustomStringConvertible {
    private let name: String

    private init(_ name: String) { self.name = name }

    /// The stable name of the verdict, such as `amount_mismatch`.
    public var description: String { name }

    /// The object is no payment.
    public static let wrongObject = PaymentVerdict("wrong_object")
    /// The payment, or the charge behind it, is another one.
    public static let idMismatch = PaymentVerdict("id_mismatch")
    /// The payment is of test mode where live is expected, or the other way round.
    public static let modeMismatch = PaymentVerdict("livemode_mismatch")
    /// The money is authorised, not taken.
    public static let notCaptured = PaymentVerdict("not_captured")
    /// The money did not arrive.
    public static let notPaid = PaymentVerdict("not_paid")
    /// The answer lacks something that the judge must know.
    public static let incompleteObject = PaymentVerdict("incomplete_object")
    /// The payment is in another currency.
    public static let currencyMismatch = PaymentVerdict("currency_mismatch")
    /// The payment is not of exactly the price.
    public static let amountMismatch = PaymentVerdict("amount_mismatch")
    /// The payment is for somebody or something else.
    public static let notesMismatch = PaymentVerdict("metadata_mismatch")
    /// Money was given back.
    public static let refunded = PaymentVerdict("refunded")
    /// The buyer disputes the payment.
    public static let disputed = PaymentVerdict("disputed")
    /// The payment was used for something else.
    public static let alreadyConsumed = PaymentVerdict("already_consumed")
    /// What is paid for is not ready.
    public static let notReady = PaymentVerdict("job_not_ready")
    /// The payment is good.
    public static let good = PaymentVerdict("ok")

    /// Whether the payment is good.
    public var isGood: Bool { self == .good }
}

/// A payment that does not pay for what it should.
public struct PaymentRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// Why.
    public let code: PaymentVerdict

    init(_ code: PaymentVerdict) { self.code = code }

    /// The reason's name.
    public var description: String { "\(code): the payment does not pay for this" }
}
