// The life of a hold.

/// The life of a hold: it is closed once, by a capture, a release or the end of its time.
package struct HoldMachine: Sendable, Hashable {
    /// Where a hold stands; the raw values are those of the tables.
    package enum State: Int64, Sendable {
        case active = 1
        case captured = 2
        case released = 3
        case expired = 4
    }

    /// What can happen to a hold.
    package enum Event: Sendable {
        /// Spends an amount; 0 frees everything.
        case capture(Int64, topUp: Bool)
        case release
        /// Its time is over.
        case expire
    }

    /// What becomes of the credit that was set aside.
    package struct Effect: Sendable, Hashable {
        /// Spent of what was held.
        package var taken: Int64 = 0
        /// Spent beyond it.
        package var beyond: Int64 = 0
        /// Free again.
        package var freed: Int64 = 0

        package init(taken: Int64 = 0, beyond: Int64 = 0, freed: Int64 = 0) {
            self.taken = taken
            self.beyond = beyond
            self.freed = freed
        }
    }

    /// Why an event was refused.
    package enum Refusal: Error, Sendable, Hashable {
        case closed
        case expired
        case exceeds
        case notDue
        case badAmount
    }

    package let amount: Int64
    /// Exclusive: the hold lives while now < expires.
    package let expires: Int64
    package private(set) var captured: Int64
    package private(set) var state: State

    package init(amount: Int64, expires: Int64, captured: Int64 = 0, state: State = .active) {
        self.amount = amount
        self.expires = expires
        self.captured = captured
        self.state = state
    }

    /// Applies an event, or refuses it and changes nothing.
    package mutating func apply(_ event: Event, at now: Int64) throws(Refusal) -> Effect {
        switch state {
        case .captured, .released: throw .closed
        case .expired: throw .expired
        case .active: break
        }
        switch event {
        case .expire:
            guard now >= expires else { throw .notDue }
            state = .expired
            return Effect(freed: amount)
        case .release, .capture(0, _):
            guard now < expires else { throw .expired }
            state = .released
            return Effect(freed: amount)
        case .capture(let wanted, let topUp):
            guard now < expires else { throw .expired }
            guard wanted > 0 else { throw .badAmount }
            guard wanted <= amount || topUp else { throw .exceeds }
            captured = min(wanted, amount)
            state = .captured
            return Effect(taken: captured, beyond: wanted - captured, freed: amount - captured)
        }
    }
}

/// A hold as the tables have it.
package struct HoldRow: Sendable {
    /// The number of the transaction that made it.
    package let id: Int64
    package let account: Int64
    package var machine: HoldMachine
    package var closedBy: Int64?
    package let scope: String?
    package let job: String?
    package var change = RowChange.none

    package init(id: Int64, account: Int64, machine: HoldMachine, scope: String?, job: String?) {
        self.id = id
        self.account = account
        self.machine = machine
        self.scope = scope
        self.job = job
    }
}
