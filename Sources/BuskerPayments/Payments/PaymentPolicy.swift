// Judges whether a payment pays for what it should.

public import BuskerCore

/// The one judge of payments: the same questions in the same order for every provider; the first that fails gives the verdict.
///
/// The order is: the object, its id, the mode, captured, paid, complete, the currency, the amount, the notes, refunds, disputes,
/// use for something else, readiness. What is unknown denies, and so does an expectation without a price or notes.
public enum PaymentPolicy {
    /// Judges an answer of a provider.
    ///
    /// - Throws: ``PaymentRefusal`` with the first reason against it.
    public static func verifyPayment(_ fetched: FetchedObject, expecting expected: PaymentExpectation)
        throws(PaymentRefusal) -> VerifiedPayment
    {
        try verify(PaymentFacts(fetched), of: fetched, expecting: expected)
    }

    /// Judges a payment with all that happened to its money; what the answer itself does not count, the standing does.
    static func verifyPayment(_ standing: PaymentStanding, expecting expected: PaymentExpectation)
        throws(PaymentRefusal) -> VerifiedPayment
    {
        var facts = PaymentFacts(standing.object)
        if facts.refunded == nil { facts.refunded = standing.refunded }
        return try verify(facts, of: standing.object, expecting: expected)
    }

    private static func verify(
        _ facts: PaymentFacts, of fetched: FetchedObject, expecting expected: PaymentExpectation
    ) throws(PaymentRefusal) -> VerifiedPayment {
        let verdict = verdict(on: facts, expecting: expected)
        let isOfMode = fetched.mode == expected.mode
        guard verdict.isGood, isOfMode, let received = facts.received else {
            throw PaymentRefusal(verdict.isGood ? .modeMismatch : verdict)
        }
        let refunded = facts.refunded ?? Money(minorUnits: 0, currency: received.currency)
        return VerifiedPayment(facts, money: received, refunded: refunded, expecting: expected, at: fetched.fetchedAt)
    }

    /// What the judge would say about a Stripe PaymentIntent, wherever it comes from; nothing can be granted from it.
    public static func verdict(onPaymentIntent json: JSONValue, expecting expected: PaymentExpectation)
        -> PaymentVerdict
    {
        verdict(on: PaymentFacts(paymentIntent: json), expecting: expected)
    }

    static func verdict(on facts: PaymentFacts, expecting expected: PaymentExpectation) -> PaymentVerdict {
        guard facts.isPayment else { return .wrongObject }
        guard facts.id == expected.payment, !facts.id.isEmpty, facts.isConsistent else { return .idMismatch }
        guard facts.mode == expected.mode else { return .modeMismatch }
        guard facts.state != .authorised else { return .notCaptured }
        guard facts.state == .captured else { return .notPaid }
        guard facts.isComplete, facts.hasCharge || !expected.needsCharge else { return .incompleteObject }
        guard facts.currency == expected.price.currency.code else { return .currencyMismatch }
        guard expected.price.minorUnits > 0, facts.asked == expected.price, facts.received == expected.price else {
            return .amountMismatch
        }
        let carriesNotes = expected.notes.allSatisfy { facts.notes[$0.key] == $0.value }
        guard !expected.notes.isEmpty, carriesNotes else { return .notesMismatch }
        guard isUnrefunded(facts, expected) else { return .refunded }
        guard !facts.isDisputed || expected.mayBeDisputed else { return .disputed }
        guard expected.consumedBy == nil || expected.consumedBy == expected.purpose else { return .alreadyConsumed }
        return expected.isReady ? .good : .notReady
    }

    /// Whether no more was given back than is allowed; a sum that cannot be counted is too much.
    private static func isUnrefunded(_ facts: PaymentFacts, _ expected: PaymentExpectation) -> Bool {
        guard facts.hasCharge else { return true }
        guard let refunded = facts.refunded, refunded.currency == expected.refundMax.currency else { return false }
        guard expected.refundMax.minorUnits > 0 else { return refunded.minorUnits == 0 && !facts.isRefunded }
        return (0...expected.refundMax.minorUnits).contains(refunded.minorUnits)
    }
}
