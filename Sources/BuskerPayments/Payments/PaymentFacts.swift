// What a provider's answer says about a payment.

import BuskerCore

/// The facts that the judge asks for, the same for every provider; what an answer does not say is nothing, never a guess.
struct PaymentFacts: Sendable {
    /// Where the money is.
    enum State: Sendable {
        /// Reserved at the buyer's bank.
        case authorised
        /// Taken.
        case captured
        /// Neither.
        case unpaid
    }

    let provider: PaymentProvider
    /// Whether the answer is a payment at all.
    var isPayment = false
    /// The payment's id; empty when there is none.
    var id = ""
    /// Whether everything inside belongs to that id.
    var isConsistent = true
    var mode: PaymentMode?
    var state = State.unpaid
    /// Whether the answer tells what happened to the money later.
    var hasCharge = true
    /// Whether everything that must be there is there in a form that can be read.
    var isComplete = true
    /// The provider's code of the currency, in capital letters.
    var currency = ""
    /// The sum that was asked for; nothing when it cannot be counted.
    var asked: Money?
    /// The sum that arrived; nothing when it cannot be counted.
    var received: Money?
    var notes: [String: String] = [:]
    /// What was given back; nothing when it cannot be counted.
    var refunded: Money?
    /// Whether the provider says that all or some was given back, whatever the sum.
    var isRefunded = false
    var isDisputed = false

    init(_ provider: PaymentProvider) { self.provider = provider }

    /// The facts of an answer; one of an unknown provider is no payment.
    init(_ object: FetchedObject) {
        switch object.provider {
        case .stripe: self.init(paymentIntent: object.body)
        case .polar: self.init(polarOrder: object.body, mode: object.mode)
        case .payPal: self.init(payPalCapture: object.body, mode: object.mode)
        case .square: self.init(squarePayment: object.body, mode: object.mode)
        default: self.init(object.provider)
        }
    }

    /// Takes a text; without it the facts are incomplete.
    mutating func require(_ json: JSONValue?, _ name: String) -> String {
        guard let text = json?[name]?.text else {
            isComplete = false
            return ""
        }
        return text
    }

    /// Takes a whole number; without it the facts are incomplete.
    mutating func requireInteger(_ json: JSONValue?, _ name: String) -> Int64? {
        guard let number = json?[name]?.integer else {
            isComplete = false
            return nil
        }
        return number
    }

    /// Takes a flag; without it the facts are incomplete.
    mutating func requireFlag(_ json: JSONValue?, _ name: String) -> Bool? {
        guard let flag = json?[name]?.flag else {
            isComplete = false
            return nil
        }
        return flag
    }

    /// The members of an object that are text.
    static func texts(_ json: JSONValue?) -> [String: String] {
        var found: [String: String] = [:]
        for (name, value) in json?.members ?? [] {
            if let text = value.text { found[name] = text }
        }
        return found
    }

    /// The sum of a whole number of a provider's steps; nothing when it cannot be counted.
    static func money(_ steps: Int64?, _ code: String, _ convention: AmountConvention) -> Money? {
        steps.flatMap { try? convention.money(steps: $0, code: code) }
    }
}
