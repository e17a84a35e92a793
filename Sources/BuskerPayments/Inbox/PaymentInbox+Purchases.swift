// Making, closing and listing purchases.

public import BuskerCore
public import BuskerDatabase

extension PaymentInbox {
    /// Makes a purchase and opens its checkout, or finds the one that the buyer's key made before and goes on where it stopped.
    ///
    /// The purchase is in the database before the provider hears of it, with its price as it is now.
    ///
    /// - Returns: the purchase with the address at which to pay.
    /// - Throws: ``PaymentError`` with `keyReused` when the key made another purchase, `badRequest` for a kind that nobody handles,
    ///   `refused` when nothing more may be had for free; or what the provider says, then repeat the call.
    public func buy(_ request: PurchaseRequest) async throws(PaymentError) -> Purchase {
        try request.check()
        guard handlers[request.kind] != nil else {
            throw PaymentError(.badRequest, "Nobody handles purchases of the kind \(request.kind).")
        }
        let gateway = try gateway(request.provider, request.mode)
        let purchase = Purchase(
            ids.make(), at: request.provider, request.mode, buyer: request.buyer, kind: request.kind,
            item: request.item, price: request.price, createdAt: clock.now)
        let made = try await writing { tx in try self.make(purchase, request, in: tx) }
        try pass(.purchaseMade)
        guard made.gift == .none, made.checkout == nil else { return made }
        return try await openings.board(made.id, ()) { _ in
            do throws(PaymentError) {
                return .success(try await self.open(made.id, request, gateway))
            } catch {
                return .failure(error)
            }
        }.get()
    }

    private func make(_ purchase: Purchase, _ request: PurchaseRequest, in tx: Transaction) throws -> Purchase {
        var machine = PurchaseMachine(purchase)
        let effects = request.price.minorUnits == 0 ? machine.giveForNothing() : []
        let row = PurchaseRow(purchase: machine.purchase, key: request.key, ticket: 0, attempts: 0)
        let due = CheckSchedule(limits: limits).next(machine.purchase, at: purchase.createdAt)
        guard try PurchaseStore.insert(row, due: due, in: tx) else {
            let known = try PurchaseStore.find("buyer = \(request.buyer) AND buy_key = \(request.key)", in: tx)
            guard let known, request.asks(for: known.purchase) else {
                throw PaymentError(.keyReused, "The key made another purchase before; take a new one.")
            }
            return known.purchase
        }
        for effect in effects {
            guard let reason = try carryOut(effect, in: tx) else { continue }
            throw PaymentError(.refused, "Nothing more may be had for free.", reason: reason)
        }
        return machine.purchase
    }

    private func open(
        _ id: PurchaseID, _ request: PurchaseRequest, _ gateway: any PaymentGateway
    ) async throws(PaymentError) -> Purchase {
        let known = try await reading { tx in try PurchaseStore.find("id = \(id)", in: tx)?.purchase }
        guard let known else { throw .noPurchase }
        guard known.checkout == nil, known.gift == .none else { return known }
        let checkout = try await gateway.open(request.order(for: known))
        try pass(.checkoutOpened)
        let now = clock.now
        return try await writing { tx in
            var machine = PurchaseMachine(try PurchaseStore.lock(id, in: tx).purchase)
            guard machine.purchase.checkout == nil else { return machine.purchase }
            machine.opened(checkout)
            let due = CheckSchedule(limits: self.limits).next(machine.purchase, at: now)
            try PurchaseStore.save(machine.purchase, due: due, in: tx)
            return machine.purchase
        }
    }

    /// Closes the checkout of a purchase so that nobody pays it any more; one that was paid meanwhile is granted.
    ///
    /// - Throws: ``PaymentError`` with `unknownPurchase`, `unsupported` where the provider cannot close checkouts, or what it says.
    public func expire(_ id: PurchaseID) async throws(PaymentError) -> Purchase {
        guard let purchase = try await purchase(id) else { throw .noPurchase }
        if let checkout = purchase.checkout, purchase.gift == .none {
            _ = try await gateway(purchase.provider, purchase.mode).expire(checkout)
        }
        return try await settle(id)
    }

    /// A purchase, whoever made it.
    public func purchase(_ id: PurchaseID) async throws(PaymentError) -> Purchase? {
        try await reading { tx in try PurchaseStore.find("id = \(id)", in: tx)?.purchase }
    }

    /// The purchase that a buyer's key made, if it made one.
    public func purchase(key: String, of buyer: String) async throws(PaymentError) -> Purchase? {
        try await reading { tx in try PurchaseStore.find("buyer = \(buyer) AND buy_key = \(key)", in: tx)?.purchase }
    }

    /// A purchase of this buyer; nothing when it is another's.
    public func purchase(_ id: PurchaseID, of buyer: String) async throws(PaymentError) -> Purchase? {
        try await reading { tx in try self.purchase(id, of: buyer, in: tx) }
    }

    /// A purchase of this buyer, as the transaction sees it; nothing when it is another's.
    ///
    /// - Throws: `DatabaseError`, or ``PaymentError`` when the row cannot be read.
    public func purchase(_ id: PurchaseID, of buyer: String, in tx: ReadTransaction) throws -> Purchase? {
        guard let found = try PurchaseStore.find("id = \(id)", in: tx)?.purchase, found.buyer == buyer else {
            return nil
        }
        return found
    }

    /// The purchases of a buyer, the newest first.
    ///
    /// - Throws: ``PaymentError`` with `badCursor`.
    public func purchases(of buyer: String, page: PageRequest = PageRequest()) async throws(PaymentError)
        -> Page<Purchase>
    {
        let list = "payments.purchases"
        let limit = min(page.limit, limits.pageRowsMax)
        let after = try InboxCursor.place(page.after, in: list, as: PurchaseID.self)
        let place: SQL = after.map { "AND id < \($0)" } ?? ""
        let rows = try await reading { tx in
            try PurchaseStore.list(
                "buyer = \(buyer) \(place) ORDER BY id DESC LIMIT \(limit + 1)", in: tx
            ).map(\.purchase)
        }
        return try InboxCursor.page(rows, limit, list) { $0.id }
    }
}

/// Pages by one key.
enum InboxCursor {
    static func place<Key: CursorKey>(_ cursor: Cursor?, in list: String, as key: Key.Type) throws(PaymentError) -> Key?
    {
        do throws(TextError) {
            return try cursor?.position(in: list, as: key)
        } catch {
            throw PaymentError(.badCursor, "The cursor does not belong to this list; begin again at the first page.")
        }
    }

    static func page<Item, Key: CursorKey>(
        _ rows: [Item], _ limit: Int, _ list: String, key: (Item) -> Key
    ) throws(PaymentError) -> Page<Item> {
        let items = Array(rows.prefix(limit))
        guard rows.count > limit, let last = items.last else { return Page(items: items, next: nil) }
        do throws(TextError) {
            return Page(items: items, next: try Cursor(list: list, after: key(last)))
        } catch {
            throw PaymentError(.badCursor, "The place of the next page is too long for a cursor.")
        }
    }
}
