// How many retries may still be sent, so that an outage does not multiply the load.

/// A bucket of retries: each new request adds a part of one, each retry takes one.
package struct RetryBudget: Sendable {
    /// What is left, in hundredths of a retry.
    package private(set) var hundredths: Int
    private let most: Int
    private let perRequest: Int

    package init(_ limits: HTTPRetryLimits) {
        most = limits.budgetRetries * 100
        hundredths = most
        perRequest = limits.budgetPercent
    }

    /// A new request is sent.
    package mutating func add() { hundredths = min(hundredths + perRequest, most) }

    /// Takes a retry; false when there is none left.
    package mutating func take() -> Bool {
        guard hundredths >= 100 else { return false }
        hundredths -= 100
        return true
    }
}
