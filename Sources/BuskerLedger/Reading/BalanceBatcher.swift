// Balances that are asked for at the same time are read together.

import BuskerCore
import BuskerDatabase

/// Reads balances together with those that others ask for at the same time.
final class BalanceBatcher: Sendable {
    private typealias Reads = SharedReads<AccountName, Balance?, LedgerError>

    private let reads: Reads

    /// Makes a batcher that reads at most so many balances together.
    init(limits: LedgerLimits) { reads = Reads(batchMax: limits.batchCommandsMax) }

    /// The balance of an account, read with others that wait.
    func balance(of name: AccountName, from ledger: Ledger) async throws(LedgerError) -> Balance? {
        try await reads.value(of: name) { names in await Self.read(names, ledger) }
    }

    /// Reads balances on one snapshot; when the figures of one account are damaged, the others are read without it.
    private static func read(_ names: [AccountName], _ ledger: Ledger) async -> [Reads.Answer] {
        let reader = BalanceReader(limits: ledger.limits, wall: ledger.clock.now)
        do {
            return try await ledger.reading { tx in try reader.balances(of: names, in: tx) }.map { .success($0) }
        } catch {
            guard error == LedgerError(.corrupt, ""), names.count > 1 else { return names.map { _ in .failure(error) } }
            var answers: [Reads.Answer] = []
            for name in names { answers += await read([name], ledger) }
            return answers
        }
    }
}
