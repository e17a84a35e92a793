// What every provider's state machine can do.

import BuskerCore
import BuskerPayments
import HTTPTypes

/// A provider as a pure value: requests, buyers, banks and time go in, answers and events come out.
protocol FakeMachine: Sendable {
    /// What all providers keep alike.
    var desk: FakeDesk { get set }
    /// Answers a request; one that breaks is carried out and then answered with the provider's 500.
    mutating func answer(_ request: FakeRequest, at now: Timestamp, breaks: Bool) -> FakeAnswer
    /// The provider's own words for too many requests, or for having failed.
    func failure(_ status: Int, retryAfter: Int, for request: FakeRequest) -> FakeAnswer
    /// What the caller chose to tell this call from another, where the provider knows such keys.
    func key(of request: FakeRequest) -> String?
    /// The answer to a call whose key is being worked on.
    func inProgress(_ request: FakeRequest) -> FakeAnswer

    /// A buyer pays; answers the payment's id, or nothing when there is nothing to pay.
    mutating func pay(_ checkout: String, _ how: FakePayment, at now: Timestamp) -> String?
    /// A checkout as its page shows it.
    func checkout(_ id: String) -> FakeCheckout?
    /// Somebody gives money back at the provider; answers the refund's id, or nothing when it cannot be.
    mutating func refund(_ payment: String, minorUnits: Int64?, fails: FakeRefund, at now: Timestamp) -> String?
    /// A bank takes money back; answers the dispute's id, or nothing when it cannot be.
    mutating func dispute(_ payment: String, minorUnits: Int64?, ends: FakeDispute, at now: Timestamp) -> String?
    /// A subscription is made or changes; answers its id.
    mutating func subscribe(_ id: String?, status: String, notes: [String: String], at now: Timestamp) -> String?
    /// Does what came due.
    mutating func work(until now: Timestamp)
    /// The headers of a delivery, signed at a moment.
    mutating func sign(_ event: FakeEvent, at now: Timestamp) -> HTTPFields
    /// The truth.
    func books() -> [FakeBook]
}

extension HTTPFields {
    /// Headers of names and values.
    init(_ values: [(String, String)]) {
        self.init()
        for (name, value) in values {
            if let name = HTTPField.Name(name) { append(HTTPField(name: name, value: value)) }
        }
    }
}
