// How far a signed moment may lie from now.

import BuskerCore

/// How old, and how far ahead, a signed moment may be; the ends belong to the window.
public struct ReplayWindow: Sendable, Hashable {
    /// The seconds on either side of now; nothing when moments are not compared.
    public let seconds: Int64?

    private init(_ seconds: Int64?) { self.seconds = seconds }

    /// 300 seconds on either side.
    public static let standard = ReplayWindow(300)

    /// A number of seconds on either side, held at 1...604,800 (a week).
    public static func seconds(_ seconds: Int64) -> ReplayWindow { ReplayWindow(min(max(seconds, 1), 604_800)) }

    /// Moments are not compared: for receipts that were stored and are replayed by hand, never for what comes from outside.
    public static let unchecked = ReplayWindow(nil)

    /// Refuses a moment outside the window.
    ///
    /// - Parameter sent: seconds since 1970-01-01T00:00:00Z.
    func check(_ sent: Int64, at now: Timestamp) throws(WebhookError) {
        guard let seconds else { return }
        let (distance, overflow) = Int128(now.microseconds).subtractingReportingOverflow(Int128(sent) * 1_000_000)
        let width = Int128(seconds) * 1_000_000
        guard !overflow, distance <= width else {
            throw WebhookError(
                .timestampTooOld, "The event was signed more than \(seconds) s ago; is it a replay, or the clock wrong?"
            )
        }
        guard distance >= -width else {
            throw WebhookError(
                .timestampInFuture, "The event was signed more than \(seconds) s ahead; is the clock wrong?")
        }
    }
}
