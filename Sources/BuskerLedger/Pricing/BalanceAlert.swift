// The life of a low-balance alert.

/// The life of a low-balance alert: told once when what can be spent falls to the threshold, then silent until armed again.
///
/// All figures are steps of the account's unit.
public struct BalanceAlert: Sendable, Hashable {
    /// How an alert that was told is armed again.
    public enum Rearm: String, Sendable, Hashable {
        /// By itself, as soon as the balance is above the threshold again.
        case rising
        /// By the host only.
        case byHand
    }

    /// What can happen.
    public enum Event: Sendable, Hashable {
        /// What can be spent changed.
        case balance(before: Int64, after: Int64)
        /// The host armed it again.
        case rearm
    }

    /// What is to be done.
    public enum Effect: Sendable, Hashable {
        /// Tell that the balance is low.
        case lowBalance(available: Int64)
    }

    /// Told when before > threshold ≥ after.
    public let threshold: Int64
    /// How it is armed again.
    public let rearm: Rearm
    /// Whether it will be told.
    public private(set) var isArmed: Bool

    /// An alert that is armed.
    public init(threshold: Int64, rearm: Rearm = .rising, isArmed: Bool = true) {
        self.threshold = threshold
        self.rearm = rearm
        self.isArmed = isArmed
    }

    /// Applies an event.
    public mutating func apply(_ event: Event) -> [Effect] {
        switch event {
        case .rearm:
            isArmed = true
            return []
        case .balance(let before, let after):
            if rearm == .rising, before > threshold || after > threshold { isArmed = true }
            guard isArmed, before > threshold, after <= threshold else { return [] }
            isArmed = false
            return [.lowBalance(available: after)]
        }
    }
}
