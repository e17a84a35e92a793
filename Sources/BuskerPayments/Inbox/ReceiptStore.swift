// Receipts in the tables.

import BuskerCore
import BuskerDatabase

/// Reads and writes receipts.
enum ReceiptStore {
    private static let columns: SQL = """
        id, provider, mode, event, type, subject_kind, subject, full_body, created_us, received_us, state, attempts,
        problem, purchase
        """

    /// Keeps an event unless it was received before.
    static func insert(_ r: WebhookReceipt, body: [UInt8], due: Timestamp?, in tx: Transaction) throws -> Bool {
        try tx.execute(
            """
            INSERT INTO payments_receipt (id, provider, mode, event, type, subject_kind, subject, full_body, created_us,
            received_us, state, attempts, due_us, body)
            VALUES (\(r.id), \(r.provider.name), \(r.mode.rawValue), \(r.event), \(r.type.name), \(r.subject?.kind),
            \(r.subject?.id), \(r.hasFullBody), \(r.createdAt), \(r.receivedAt), \(r.state.rawValue), 0, \(due), \(body))
            ON CONFLICT (provider, mode, event) DO NOTHING
            """) > 0
    }

    static func find(_ condition: SQL, in tx: ReadTransaction) throws -> WebhookReceipt? {
        try tx.first("SELECT \(columns) FROM payments_receipt WHERE \(condition)").map(receipt)
    }

    static func list(_ condition: SQL, in tx: ReadTransaction) throws -> [WebhookReceipt] {
        try tx.rows("SELECT \(columns) FROM payments_receipt WHERE \(condition)").map(receipt)
    }

    static func body(_ id: ReceiptID, in tx: ReadTransaction) throws -> [UInt8]? {
        try tx.value("SELECT body FROM payments_receipt WHERE id = \(id)")
    }

    /// Notes what became of receipts.
    static func close(
        _ ids: [ReceiptID], _ state: WebhookReceipt.State, _ purchase: PurchaseID?, problem: String? = nil,
        at now: Timestamp, in tx: Transaction
    ) throws {
        for id in ids {
            try tx.execute(
                """
                UPDATE payments_receipt SET state = \(state.rawValue), purchase = \(purchase), problem = \(problem),
                settled_us = \(now), due_us = \(Timestamp?.none) WHERE id = \(id)
                """)
        }
    }

    /// Notes a failed attempt, unless the receipt was closed meanwhile.
    static func failed(
        _ id: ReceiptID, attempts: Int, problem: String, due: Timestamp?, in tx: Transaction
    ) throws {
        let state = due == nil ? WebhookReceipt.State.parked : .received
        try tx.execute(
            """
            UPDATE payments_receipt SET attempts = \(attempts), problem = \(problem), due_us = \(due),
            state = \(state.rawValue) WHERE id = \(id) AND state <> \(WebhookReceipt.State.done.rawValue)
            """)
    }

    /// Up to `limit` receipts whose time has come; no other sweep finds them before `until`.
    static func claim(_ limit: Int, at now: Timestamp, until: Timestamp, in tx: Transaction) throws -> [ReceiptID] {
        let ids: [ReceiptID] = try tx.rows(
            """
            SELECT id FROM payments_receipt WHERE due_us <= \(now) ORDER BY due_us LIMIT \(limit)\(tx.dialect.forUpdateSkipLocked)
            """
        ).map { try $0.get(0) }
        guard !ids.isEmpty else { return [] }
        try tx.execute("UPDATE payments_receipt SET due_us = \(until) WHERE id IN \(list: ids)")
        return ids
    }

    /// Forgets up to `limit` receipts that need nothing more; ids begin with the millisecond of their making, so the oldest come first.
    static func forget(_ limit: Int, before: Timestamp, in tx: Transaction) throws -> Int {
        let closed = [WebhookReceipt.State.done.rawValue, WebhookReceipt.State.ignored.rawValue]
        return try tx.execute(
            """
            DELETE FROM payments_receipt WHERE id IN (
                SELECT id FROM payments_receipt WHERE id < \(edge(before)) AND received_us < \(before)
                AND state IN \(list: closed) ORDER BY id LIMIT \(limit))
            """)
    }

    /// The 16 bytes below which no id is that was made at a moment; a minute more, because ids may run ahead of their clock.
    private static func edge(_ moment: Timestamp) -> [UInt8] {
        let milliseconds = UInt64(clamping: moment.advanced(by: .seconds(60)).microseconds / 1_000)
        let bytes = stride(from: 40, through: 0, by: -8).map { UInt8(truncatingIfNeeded: milliseconds >> UInt64($0)) }
        return bytes + [UInt8](repeating: 0, count: 10)
    }

    private static func receipt(_ row: Row) throws -> WebhookReceipt {
        guard let mode = PaymentMode(rawValue: try row.get(2)),
            let state = WebhookReceipt.State(rawValue: try row.get(10))
        else { throw PaymentError.strangeRow("receipt") }
        let subject = try row.get(6, as: String?.self)
        let kind = try row.get(5, as: String?.self)
        return WebhookReceipt(
            id: try row.get(0), provider: PaymentProvider(stored: try row.get(1)), mode: mode, event: try row.get(3),
            type: EventType(try row.get(4)), subject: subject.map { EventSubject(kind: kind, id: $0) },
            hasFullBody: try row.get(7), createdAt: try row.get(8), receivedAt: try row.get(9), state: state,
            attempts: try row.get(11), problem: try row.get(12), purchase: try row.get(13))
    }
}
