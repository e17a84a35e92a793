// Rate cards in the ledger: publish, look up, quote.

public import BuskerCore
public import BuskerDatabase

extension Ledger {
    /// Publishes a version of a card; see ``RateCardTimeline`` for which versions may join.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` when a price that was or is in force would become another one.
    @discardableResult
    public func publish(_ card: RateCard) async throws(LedgerError) -> RateCardTimeline.Outcome {
        try await priced { tx throws(LedgerError) in try self.publish(card, in: tx) }
    }

    /// Publishes a version of a card as part of a transaction.
    @discardableResult
    public func publish(_ card: RateCard, in tx: Transaction) throws(LedgerError) -> RateCardTimeline.Outcome {
        let now = try PricingStore.lock(tx, clock: clock)
        if try rateCard(card.name, version: card.version, in: tx) == card { return .unchanged }
        let last = try cards(
            """
            SELECT body FROM ledger_rate WHERE card = \(card.name) ORDER BY version DESC LIMIT 2
            """, in: tx)
        let outcome = try RateCardTimeline.check(card, among: Array(last.reversed()), now: now)
        let body = card.json
        guard body.utf8.count <= PricingLimits.bodyBytesMax else {
            throw .pricing("A card has at most \(PricingLimits.bodyBytesMax) bytes as JSON.")
        }
        try tx.put(
            into: "ledger_rate", columns: ["card", "version", "effective_us", "body"],
            rows: [
                [
                    .text(card.name), .integer(Int64(card.version)), .integer(card.effectiveAt.microseconds),
                    .text(body),
                ]
            ], replacing: ["card", "version"])
        return outcome
    }

    /// The version of a card that is in force at an instant, now where none is named; `nil` when there is none.
    public func rateCard(_ name: String, at instant: Timestamp? = nil) async throws(LedgerError) -> RateCard? {
        try await pricedRead { tx throws(LedgerError) in try self.rateCard(name, at: instant, in: tx) }
    }

    /// The version of a card that is in force at an instant, as part of a transaction.
    public func rateCard(
        _ name: String, at instant: Timestamp? = nil, in tx: ReadTransaction
    ) throws(LedgerError) -> RateCard? {
        let instant = instant ?? clock.now
        return try cards(
            """
            SELECT body FROM ledger_rate WHERE card = \(name) AND effective_us <= \(instant)
            ORDER BY version DESC LIMIT 1
            """, in: tx
        ).first
    }

    /// One version of a card; `nil` when there is none.
    public func rateCard(_ name: String, version: Int) async throws(LedgerError) -> RateCard? {
        try await pricedRead { tx throws(LedgerError) in try self.rateCard(name, version: version, in: tx) }
    }

    /// One version of a card, as part of a transaction; `nil` when there is none.
    public func rateCard(_ name: String, version: Int, in tx: ReadTransaction) throws(LedgerError) -> RateCard? {
        try cards("SELECT body FROM ledger_rate WHERE card = \(name) AND version = \(version)", in: tx).first
    }

    /// All versions of a card, the newest first, a page at a time.
    public func rateCards(_ name: String, page: PageRequest = PageRequest()) async throws(LedgerError) -> Page<RateCard>
    {
        try await pricedRead { tx throws(LedgerError) in
            var before = Int64.max
            if let after = page.after { before = try Cursor.place(after, in: "rates", as: Int64.self) }
            let limit = min(page.limit, self.limits.pageRowsMax)
            let cards = try self.cards(
                """
                SELECT body FROM ledger_rate WHERE card = \(name) AND version < \(before)
                ORDER BY version DESC LIMIT \(limit + 1)
                """, in: tx)
            return try Page.cut(cards, to: limit) { card throws(TextError) in
                try Cursor(list: "rates", after: Int64(card.version))
            }
        }
    }

    private func cards(_ sql: SQL, in tx: ReadTransaction) throws(LedgerError) -> [RateCard] {
        var cards: [RateCard] = []
        for row in try tx.find(all: sql) {
            let body = try row.read(0, as: String.self)
            do throws(LedgerError) {
                cards.append(try RateCard(json: body))
            } catch {
                throw LedgerError(.corrupt, "A stored rate card cannot be read: \(error.detail)")
            }
        }
        return cards
    }
}

extension Cursor {
    /// The place a cursor of a list names.
    static func place<Key: CursorKey>(_ cursor: Cursor, in list: String, as key: Key.Type) throws(LedgerError) -> Key {
        do {
            return try cursor.position(in: list, as: key)
        } catch {
            throw LedgerError(.badCursor, error.detail)
        }
    }
}

extension Page {
    /// The page of `limit` elements, and where it goes on when one more was found.
    static func cut(
        _ found: [Element], to limit: Int, _ cursor: (Element) throws(TextError) -> Cursor
    ) throws(LedgerError) -> Page<Element> {
        let items = Array(found.prefix(limit))
        guard found.count > limit, let last = items.last else { return Page(items: items, next: nil) }
        do {
            return Page(items: items, next: try cursor(last))
        } catch {
            throw LedgerError(.badCursor, error.detail)
        }
    }
}
