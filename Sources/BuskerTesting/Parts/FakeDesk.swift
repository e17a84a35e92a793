// What the doubles of all providers keep alike.

import BuskerCore

/// Keys, address, events to be sent, and a count of everything that gets a name.
struct FakeDesk: Sendable {
    let keys: FakeKeys
    /// The share of refunds asked for by the host that look final and fail later, per mille.
    var failingRefunds: Int
    var address = ""
    private var counts: [String: Int] = [:]
    private var events: [FakeEvent] = []

    init(_ keys: FakeKeys, failingRefunds: Int) {
        self.keys = keys
        self.failingRefunds = failingRefunds
    }

    var seed: FakeSeed { keys.seed }

    /// How often this was asked before, so that names do not depend on the order of calls.
    mutating func count(_ name: String) -> Int {
        let count = counts[name, default: 0]
        counts[name] = count + 1
        return count
    }

    /// A name for what a request makes; a repeated request makes another.
    mutating func purpose(of request: FakeRequest) -> String {
        "object \(count("object " + request.fingerprint)) \(request.fingerprint)"
    }

    mutating func send(_ event: FakeEvent) { events.append(event) }

    mutating func takeEvents() -> [FakeEvent] {
        defer { events = [] }
        return events
    }
}

extension FakeMachine {
    /// What is to be taken: a part, or all that is left; nothing when that is not there.
    func part(_ minorUnits: Int64?, of left: Int64, steps: (Int64) -> Int64?) -> Int64? {
        let amount = minorUnits.map(steps) ?? left
        guard let amount, amount > 0, amount <= left else { return nil }
        return amount
    }
}
