// What an administrator does with the outbox.

public import BuskerCore
public import BuskerDatabase

extension MailOutbox {
    /// Mails, the newest first; all, or those in one state.
    ///
    /// - Throws: ``MailError`` with `badCursor`.
    public func mails(_ state: QueuedMail.State? = nil, page: PageRequest = PageRequest()) async throws(MailError)
        -> Page<QueuedMail>
    {
        let limit = min(page.limit, limits.pageRowsMax)
        let list = "mails"
        let place: SQL
        do {
            let after = try page.after?.position(in: list, as: MailID.self)
            place = after.map { "id < \($0)" } ?? "1 = 1"
        } catch {
            throw MailError(.badCursor, "The cursor belongs to another list; begin again at the first page.")
        }
        let kind: SQL = state.map { "state = \($0.rawValue)" } ?? "1 = 1"
        let rows = try await reading { tx in
            try OutboxRows.list("\(kind) AND \(place) ORDER BY id DESC LIMIT \(limit + 1)", in: tx)
        }
        let items = Array(rows.prefix(limit))
        do {
            return Page(
                items: items,
                next: rows.count > limit ? try items.last.map { try Cursor(list: list, after: $0.id) } : nil)
        } catch {
            throw MailError(any: error)
        }
    }

    /// Puts a dead letter in again, for as long as a new mail is tried.
    ///
    /// - Throws: ``MailError`` with `notFound` when there is no such dead letter.
    public func requeue(_ id: MailID) async throws(MailError) {
        let now = clock.now
        let until = now.advanced(by: .seconds(limits.ageSecondsMax))
        let count = try await writing { tx in
            try tx.execute(
                """
                UPDATE mail_outbox SET state = 'waiting', due_us = \(now), until_us = \(until),
                done_us = \(Timestamp?.none) WHERE id = \(id) AND state = 'dead' AND body IS NOT NULL
                """)
        }
        guard count > 0 else { throw MailError(.notFound, "There is no such dead letter.") }
    }

    /// When the next mail is due; nothing when none waits.
    public func nextDue() async throws(MailError) -> Timestamp? {
        try await reading { tx in
            try tx.value("SELECT due_us FROM mail_outbox WHERE due_us IS NOT NULL ORDER BY due_us LIMIT 1")
        }
    }

    /// Forgets up to `limit` mails that were sent or given up before a moment, and with them their keys; how many.
    @discardableResult
    public func prune(before moment: Timestamp, limit: Int = 1_000) async throws(MailError) -> Int {
        let limit = min(max(limit, 1), 10_000)
        return try await writing { tx in
            try tx.execute(
                """
                DELETE FROM mail_outbox WHERE id IN (
                    SELECT id FROM mail_outbox WHERE done_us < \(moment) ORDER BY done_us LIMIT \(limit))
                """)
        }
    }

    /// Forgets every mail that goes to one person alone, sent or not, as part of erasing them.
    @discardableResult
    public func erase(_ address: MailAddress, in tx: Transaction) throws -> Int {
        try tx.execute("DELETE FROM mail_outbox WHERE recipients = \(address.address)")
    }
}
