// What payments change for files that are sold.

public import BuskerCore
public import BuskerDatabase
import BuskerJobs
public import BuskerPayments
import BuskerStorage

/// Carries out effects for purchases of what jobs made: as ``DownloadEffects`` does, and the files know what became of their money,
/// so that retention keeps what is paid.
///
/// Money for files that are gone by then is refused, so that it is seen and given back.
public struct SaleEffects: PaymentEffectHandler {
    private let downloads: DownloadEffects
    private let clock: any WallClock

    /// Makes a handler.
    ///
    /// - Parameters:
    ///   - freePurchasesMax: how many downloads a buyer may have without money, such as with a coupon of 100 percent.
    ///   - clock: the time of day.
    public init(freePurchasesMax: Int = 0, clock: any WallClock = SystemClock()) {
        downloads = DownloadEffects(freePurchasesMax: freePurchasesMax)
        self.clock = clock
    }

    /// Carries out one effect in the transaction in which the purchase changes.
    ///
    /// - Throws: `PaymentError` with `refused` when the files are gone, or nothing more may be had for free.
    public func apply(_ effect: PaymentEffect, in tx: Transaction) throws {
        try downloads.apply(effect, in: tx)
        switch effect {
        case .grant(let purchase, _), .grantFree(let purchase):
            guard try mark(purchase, in: tx) > 0 else {
                throw PaymentError(.refused, "What was paid for is gone; give the money back.", reason: "files_gone")
            }
        case .reverse(let purchase, _, _), .freeze(let purchase, _), .unfreeze(let purchase, _):
            try mark(purchase, in: tx)
        case .abandon, .entitle: break
        }
    }

    /// Writes into the files what became of their money, as all purchases of them say.
    ///
    /// - Returns: how many files are there.
    @discardableResult
    private func mark(_ purchase: Purchase, in tx: Transaction) throws -> Int {
        guard let job = try? JobID(parsing: purchase.item), let entry = try MediaStore.lock(job, in: tx) else {
            return 0
        }
        let others = try PaymentInbox.purchases(of: purchase.item, kind: purchase.kind, in: tx)
        let all = others.filter { $0.id != purchase.id } + [purchase]
        let payment = Self.payment(all.filter { $0.gift != .none })
        var count = 0
        for file in try MediaView.outputs(job, of: entry, in: tx) where file.tags[MediaShelf.soldTag] != nil {
            try FileStore.mark(file.id, payment: payment, at: clock.now, in: tx)
            if file.isSold { count += 1 }
        }
        return count
    }

    /// One good purchase makes a file paid; without one, a dispute keeps it until it is over.
    private static func payment(_ purchases: [Purchase]) -> FilePayment {
        if purchases.contains(where: \.isStanding) { return .paid }
        if purchases.contains(where: \.isFrozen) { return .disputed }
        return purchases.isEmpty ? .unpaid : .refunded
    }
}
