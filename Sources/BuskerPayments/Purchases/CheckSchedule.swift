// When a purchase is looked at by itself.

import BuskerCore

/// Decides when the sweep looks at a purchase next: soon while money may come, ever more rarely while it may go again.
struct CheckSchedule: Sendable {
    private static let minute: Int64 = 60_000_000
    private static let hour: Int64 = 60 * minute
    private static let day: Int64 = 24 * hour

    let limits: InboxLimits

    /// The moment of the next look; nothing when there need be none.
    ///
    /// Each wait is half of the purchase's age, within bounds, so that the number of looks grows with the logarithm of time.
    func next(_ purchase: Purchase, at now: Timestamp) -> Timestamp? {
        guard purchase.gift != .free else { return nil }
        let age = max(0, purchase.createdAt.microseconds(until: now))
        switch purchase.state {
        case .created, .open, .pending: return waiting(purchase, age, now)
        case .failed, .expired:
            let window = limits.lateDays * Self.day
            return age > window ? nil : now.advanced(byMicroseconds: clamp(age / 2, Self.hour, Self.day))
        case .refused: return nil
        case .disputed: return now.advanced(byMicroseconds: clamp(age / 8, Self.day, 7 * Self.day))
        case .paid, .partlyRefunded, .refunded, .lost:
            let window = limits.disputeDays * Self.day
            guard age < window else { return nil }
            return now.advanced(
                byMicroseconds: min(clamp(age / 2, Self.hour, 30 * Self.day), max(Self.hour, window - age)))
        }
    }

    private func waiting(_ purchase: Purchase, _ age: Int64, _ now: Timestamp) -> Timestamp? {
        guard age < limits.pendingDays * Self.day else { return nil }
        return now.advanced(byMicroseconds: clamp(age / 2, Self.minute, 6 * Self.hour))
    }

    /// The moment of the next attempt after so many failed ones: a minute, doubled each time, at most an hour; at least half of
    /// the time that it has gone on for, up to the same hour, and at least what the provider asks for.
    func retry(after attempts: Int, since begin: Timestamp, hint: Duration?, at now: Timestamp) -> Timestamp {
        let doubled = Self.minute << Int64(min(max(attempts - 1, 0), 6))
        let half = max(0, begin.microseconds(until: now)) / 2
        let wait = min(Self.hour, max(doubled, half))
        return now.advanced(byMicroseconds: max(wait, min(hint?.microseconds64 ?? 0, Self.day)))
    }

    private func clamp(_ value: Int64, _ low: Int64, _ high: Int64) -> Int64 { min(max(value, low), high) }
}
