// What the servers of customers are told.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerJobs

/// Tells the endpoints of a job's owner how it ended, in the transaction in which it ends.
struct HookNews: Sendable {
    /// The types of messages.
    static let types = ["job.completed", "job.failed", "job.cancelled"]
    let rules: WebhookRules

    /// Says what `/status` says from now on.
    @Sendable func tell(_ end: JobEnd, in tx: Transaction) throws {
        let data = JSON.object(View.status(MediaStatus(end.job, waiting: nil), .english))
        try WebhookOutbox(end.jobs, rules: rules).publish(
            WebhookMessage(type: "job.\(end.job.state.rawValue)", data: data), to: end.job.owner, in: tx)
    }
}
