// The life of an auto-top-up rule: when to ask for money, and when not to.

public import BuskerCore

/// How much a top-up asks for, in steps.
public enum TopUpRefill: Sendable, Hashable {
    /// Always the same.
    case fixed(Int64)
    /// What is missing to a balance.
    case target(Int64)
}

/// The safety figures of auto-top-up.
public struct TopUpSafety: Sendable, Hashable {
    /// How long a rule waits after a declined charge, unless a paid top-up settles before: 1 hour.
    public var declineWaitSeconds: Int64 = 3_600
    /// Declined charges in a row that switch the rule off.
    public var declinesMax = 3
    /// As many top-ups within the burst time are reported, and the rule pauses.
    public var burst = 3
    /// The burst time: 10 minutes.
    public var burstSeconds: Int64 = 600
    /// A top-up without an outcome for so long switches the rule off: 24 hours.
    public var pendingSecondsMax: Int64 = 86_400

    /// The figures as documented.
    public init() {}
}

/// The life of an auto-top-up rule, without I/O: it says when a top-up is due, and never asks for one where that could
/// charge somebody twice or for ever.
///
/// Top-ups under way count as balance. After a declined charge it waits; after several in a row, or one that failed for good,
/// it is off until the host resumes it. Several top-ups in a short time are reported and pause it. All figures are steps of the
/// account's unit.
public struct TopUpMachine: Sendable, Hashable {
    /// Where a rule stands.
    public enum State: Sendable, Hashable {
        /// It watches the balance.
        case armed
        /// A charge was declined: it asks for nothing before this instant.
        case waiting(until: Timestamp)
        /// Too many top-ups in a short time: it asks for nothing until the host resumes it.
        case paused
        /// A charge failed for good: it asks for nothing until the host resumes it.
        case off
    }

    /// A top-up under way.
    public struct Pending: Sendable, Hashable {
        /// Its number, counted from 1.
        public let attempt: Int64
        /// How much.
        public let amount: Int64
        /// Since when.
        public let since: Timestamp
    }

    /// What can happen.
    public enum Event: Sendable, Hashable {
        /// What can be spent, or is owed, may have changed; also when a wait is over.
        case balance(available: Int64, debt: Int64)
        /// The top-up was paid; its credit is on the account.
        case settled(attempt: Int64)
        /// The charge was declined, and may work later.
        case declined(attempt: Int64)
        /// The charge failed for good: no method of payment, or one that needs the owner.
        case failed(attempt: Int64)
        /// The account was topped up by hand.
        case paid
        /// The host resumes the rule.
        case resume
        /// The host switches the rule off.
        case switchOff
    }

    /// What is to be done.
    public enum Effect: Sendable, Hashable {
        /// Charge for credit, under a key made from the number of the attempt.
        case due(attempt: Int64, amount: Int64)
        /// Report that the rule paused itself after so many top-ups in the burst time.
        case paused(topUps: Int)
        /// Report that the rule switched itself off.
        case switchedOff(Reason)
    }

    /// Why a rule switched itself off.
    public enum Reason: String, Sendable, Hashable {
        /// A charge failed for good.
        case failed
        /// Too many charges in a row were declined.
        case declined
        /// Nobody said how a top-up ended.
        case noOutcome = "no_outcome"
    }

    /// A top-up is due when what can be spent, less debt, plus what is under way, is at most this.
    public let threshold: Int64
    /// How much it asks for.
    public let refill: TopUpRefill
    /// The safety figures.
    public let safety: TopUpSafety
    /// Where the rule stands.
    public internal(set) var state: State = .armed
    /// Top-ups under way, the oldest first.
    public internal(set) var pending: [Pending] = []
    /// When the latest top-ups began, as far as they count for a burst.
    public internal(set) var recent: [Timestamp] = []
    /// How many top-ups were asked for so far.
    public internal(set) var attempts: Int64 = 0
    /// Declined charges in a row.
    public internal(set) var declines = 0

    /// Makes a rule that watches.
    ///
    /// - Parameter distance: the least that a top-up must lift a balance above the threshold.
    /// - Throws: ``LedgerError`` with `badPricing` when a figure is out of range, or the target is less than `distance` above
    ///   the threshold, or a fixed amount less than `distance`.
    public init(
        threshold: Int64, refill: TopUpRefill, distance: Int64 = 1, safety: TopUpSafety = TopUpSafety()
    ) throws(LedgerError) {
        guard (0...LedgerLimits.amountMax).contains(threshold), (1...LedgerLimits.amountMax).contains(distance) else {
            throw .pricing("The threshold of a rule is not negative, and its least distance at least one step.")
        }
        switch refill {
        case .fixed(let amount):
            guard (distance...LedgerLimits.amountMax).contains(amount) else {
                throw .pricing("A top-up of a fixed amount adds at least the least distance.")
            }
        case .target(let target):
            guard target <= LedgerLimits.amountMax, target >= threshold, target - threshold >= distance else {
                throw .pricing("The target of a rule lies at least the least distance above its threshold.")
            }
        }
        guard safety.burst >= 1, safety.declinesMax >= 1, safety.declineWaitSeconds >= 0, safety.burstSeconds >= 0,
            safety.pendingSecondsMax >= 1
        else { throw .pricing("The safety figures of a rule are not negative.") }
        self.threshold = threshold
        self.refill = refill
        self.safety = safety
    }

    /// Applies an event at an instant.
    ///
    /// An outcome that was told before changes nothing.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` when the rule never asked for the attempt.
    public mutating func apply(_ event: Event, at now: Timestamp) throws(LedgerError) -> [Effect] {
        switch event {
        case .balance(let available, let debt): return balance(Int128(available) - Int128(debt), now)
        case .settled(let attempt):
            _ = try close(attempt)
            paid()
            return []
        case .declined(let attempt):
            guard try close(attempt) else { return [] }
            return declined(now)
        case .failed(let attempt):
            guard try close(attempt) else { return [] }
            return switchOff(.failed)
        case .paid:
            paid()
            return []
        case .resume:
            state = .armed
            recent = []
            declines = 0
            return []
        case .switchOff:
            state = .off
            return []
        }
    }

    /// When the rule must be looked at again although no balance changed; `nil` for never.
    public var nextCheck: Timestamp? {
        if state == .off { return nil }
        let lapse = pending.first?.since.advanced(by: .seconds(safety.pendingSecondsMax))
        guard case .waiting(let until) = state else { return lapse }
        return min(until, lapse ?? until)
    }

    private mutating func balance(_ spendable: Int128, _ now: Timestamp) -> [Effect] {
        if state == .off { return [] }
        if let oldest = pending.first, oldest.since.advanced(by: .seconds(safety.pendingSecondsMax)) <= now {
            pending.removeFirst()
            return switchOff(.noOutcome)
        }
        if case .waiting(let until) = state {
            if now < until { return [] }
            state = .armed
        }
        let expected = pending.reduce(spendable) { $0 + Int128($1.amount) }
        guard state == .armed, expected <= Int128(threshold) else { return [] }
        let amount: Int64 =
            switch refill {
            case .fixed(let amount): amount
            case .target(let target): min(Int64(clamping: Int128(target) - expected), LedgerLimits.amountMax)
            }
        attempts += 1
        pending.append(Pending(attempt: attempts, amount: amount, since: now))
        let start = now.advanced(by: .seconds(-safety.burstSeconds))
        recent = recent.filter { $0 > start && $0 <= now } + [now]
        var effects: [Effect] = [.due(attempt: attempts, amount: amount)]
        if recent.count >= safety.burst || pending.count >= PricingLimits.pendingTopUpsMax {
            state = .paused
            effects.append(.paused(topUps: recent.count))
        }
        return effects
    }

    /// Takes an attempt off the list; false when its outcome was known.
    private mutating func close(_ attempt: Int64) throws(LedgerError) -> Bool {
        guard (1...max(attempts, 1)).contains(attempt), attempts > 0 else {
            throw .pricing("The rule never asked for top-up \(attempt).")
        }
        guard let at = pending.firstIndex(where: { $0.attempt == attempt }) else { return false }
        pending.remove(at: at)
        return true
    }

    private mutating func paid() {
        declines = 0
        if case .waiting = state { state = .armed }
    }

    private mutating func declined(_ now: Timestamp) -> [Effect] {
        declines += 1
        if state == .off { return [] }
        if declines >= safety.declinesMax { return switchOff(.declined) }
        if state != .paused {
            state = .waiting(until: now.advanced(by: .seconds(safety.declineWaitSeconds)))
        }
        return []
    }

    private mutating func switchOff(_ reason: Reason) -> [Effect] {
        if state == .off { return [] }
        state = .off
        return [.switchedOff(reason)]
    }
}
