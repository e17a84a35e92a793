// What nobody else looks at: events that were left, and purchases whose events never came.

public import BuskerCore
import BuskerDatabase

/// What a sweep did.
public struct InboxSweep: Sendable, Hashable {
    /// Receipts that were processed.
    public var receipts = 0
    /// Purchases that were looked at without an event.
    public var purchases = 0
    /// Looks that failed and are repeated later.
    public var failed = 0
    /// Whether more may be waiting: sweep again at once.
    public var isMore = false
}

extension PaymentInbox {
    /// Processes receipts that were left, and looks at purchases whose time has come, up to `limit` of each.
    ///
    /// Call it every minute or so, on as many hosts as there are: what one takes up, the others leave. Failures are counted and told
    /// to the notice; they never keep the others from their turn.
    ///
    /// - Throws: ``PaymentError`` with `databaseFailed` or `cancelled`.
    @discardableResult
    public func sweep(limit: Int = 100) async throws(PaymentError) -> InboxSweep {
        let limit = max(1, min(limit, limits.waitingMax))
        let now = clock.now
        let until = now.advanced(by: .seconds(limits.leaseSeconds))
        let receipts = try await writing { tx in try ReceiptStore.claim(limit, at: now, until: until, in: tx) }
        let purchases = try await writing { tx in try PurchaseStore.claim(limit, at: now, until: until, in: tx) }
        var sweep = InboxSweep()
        sweep.isMore = receipts.count == limit || purchases.count == limit
        for succeeded in await inTurn(receipts, { id in await self.hasProcessed(id) }) {
            if succeeded { sweep.receipts += 1 } else { sweep.failed += 1 }
        }
        for succeeded in await inTurn(purchases, { id in await self.hasSettled(id) }) {
            if succeeded { sweep.purchases += 1 } else { sweep.failed += 1 }
        }
        return sweep
    }

    private func hasProcessed(_ id: ReceiptID) async -> Bool {
        do throws(PaymentError) {
            try await process(id)
            return true
        } catch {
            return false
        }
    }

    private func hasSettled(_ id: PurchaseID) async -> Bool {
        do throws(PaymentError) {
            try await settle(id)
            return true
        } catch {
            return false
        }
    }

    /// Runs work for each, as many at once as looks may run.
    private func inTurn<ID: Sendable>(_ ids: [ID], _ work: @escaping @Sendable (ID) async -> Bool) async -> [Bool] {
        await withTaskGroup(of: Bool.self) { group in
            var outcomes: [Bool] = []
            for (at, id) in ids.enumerated() {
                if at >= limits.looksMax, let outcome = await group.next() { outcomes.append(outcome) }
                group.addTask { await work(id) }
            }
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
    }

    /// Forgets receipts from before an instant that need nothing more; those younger than ``InboxLimits/receiptDaysMin`` stay.
    ///
    /// It goes through them a few hundred at a time, so that no transaction lasts.
    ///
    /// - Returns: how many were forgotten.
    /// - Throws: ``PaymentError`` with `databaseFailed`.
    @discardableResult
    public func prune(before instant: Timestamp) async throws(PaymentError) -> Int {
        let youngest = clock.now.advanced(by: .seconds(-limits.receiptDaysMin * 86_400))
        let before = min(instant, youngest)
        var forgotten = 0
        while true {
            let some = try await writing { tx in try ReceiptStore.forget(500, before: before, in: tx) }
            forgotten += some
            guard some == 500 else { return forgotten }
        }
    }
}
