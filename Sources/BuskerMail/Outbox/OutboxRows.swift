// Mails in the table.

import BuskerCore
import BuskerDatabase

/// A mail that this host is to send.
struct ClaimedMail: Sendable {
    let mail: RenderedMail
    let attempts: Int
    let until: Timestamp
}

/// Reads and writes mails.
enum OutboxRows {
    static func insert(
        _ mail: RenderedMail, key: String, subject: String, until: Timestamp, at now: Timestamp, in tx: Transaction
    ) throws -> Bool {
        try tx.execute(
            """
            INSERT INTO mail_outbox (id, mail_key, sender, recipients, subject, body, state, attempts, created_us,
            until_us, due_us)
            VALUES (\(mail.id), \(key), \(mail.sender), \(mail.recipients.joined(separator: "\n")), \(subject),
            \(mail.bytes), 'waiting', 0, \(now), \(until), \(now))
            ON CONFLICT (mail_key) DO NOTHING
            """) > 0
    }

    /// Gives up what waits and is worth nothing any more.
    static func giveUp(olderThan now: Timestamp, limit: Int, in tx: Transaction) throws -> Int {
        try tx.execute(
            """
            UPDATE mail_outbox SET state = 'dead', due_us = \(Timestamp?.none), done_us = \(now),
            problem = coalesce(problem, 'too_old')
            WHERE id IN (SELECT id FROM mail_outbox WHERE due_us <= \(now) AND until_us <= \(now) LIMIT \(limit))
            AND state = 'waiting'
            """)
    }

    /// Up to `limit` mails that are due; no other host finds them before `until`.
    static func claim(_ limit: Int, at now: Timestamp, until: Timestamp, in tx: Transaction) throws -> [ClaimedMail] {
        let rows = try tx.rows(
            """
            SELECT id, sender, recipients, body, attempts, until_us FROM mail_outbox WHERE due_us <= \(now)
            AND until_us > \(now) ORDER BY due_us LIMIT \(limit)\(tx.dialect.forUpdateSkipLocked)
            """)
        let claimed = try rows.map { row in
            let recipients: String = try row.get(2)
            let mail = RenderedMail(
                id: try row.get(0), sender: try row.get(1),
                recipients: recipients.split(separator: "\n").map(String.init), bytes: try row.get(3))
            return ClaimedMail(mail: mail, attempts: try row.get(4, as: Int.self) + 1, until: try row.get(5))
        }
        guard !claimed.isEmpty else { return [] }
        try tx.execute(
            """
            UPDATE mail_outbox SET due_us = \(until), attempts = attempts + 1
            WHERE id IN \(list: claimed.map(\.mail.id))
            """)
        return claimed
    }

    /// Notes that a server has a mail, unless another host took it up since; its body is forgotten.
    static func sent(_ claimed: ClaimedMail, at now: Timestamp, in tx: Transaction) throws -> Bool {
        try tx.execute(
            """
            UPDATE mail_outbox SET state = 'sent', body = \([UInt8]?.none), due_us = \(Timestamp?.none),
            done_us = \(now), problem = \(String?.none)
            WHERE id = \(claimed.mail.id) AND attempts = \(claimed.attempts) AND state = 'waiting'
            """) > 0
    }

    /// Notes a failure, unless another host took the mail up since.
    static func failed(
        _ claimed: ClaimedMail, _ error: MailError, due: Timestamp?, at now: Timestamp, in tx: Transaction
    ) throws -> Bool {
        let done = due == nil ? now : nil
        return try tx.execute(
            """
            UPDATE mail_outbox SET state = \(due == nil ? "dead" : "waiting"), due_us = \(due), done_us = \(done),
            problem = \(String(error.description.prefix(500)))
            WHERE id = \(claimed.mail.id) AND attempts = \(claimed.attempts) AND state = 'waiting'
            """) > 0
    }

    static func list(_ condition: SQL, in tx: ReadTransaction) throws -> [QueuedMail] {
        let rows = try tx.rows(
            """
            SELECT id, mail_key, recipients, subject, state, attempts, created_us, due_us, problem FROM mail_outbox
            WHERE \(condition)
            """)
        return try rows.map { row in
            guard let state = QueuedMail.State(rawValue: try row.get(4)) else {
                throw MailError(.databaseFailed, "The outbox holds what this release does not know.")
            }
            let recipients: String = try row.get(2)
            return QueuedMail(
                id: try row.get(0), key: try row.get(1),
                recipients: recipients.split(separator: "\n").map(String.init), subject: try row.get(3), state: state,
                attempts: try row.get(5), createdAt: try row.get(6), dueAt: try row.get(7), problem: try row.get(8))
        }
    }
}
