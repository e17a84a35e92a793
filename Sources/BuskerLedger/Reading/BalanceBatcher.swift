// Readers that wait at the same time share one snapshot.

import BuskerCore
import BuskerDatabase
import Synchronization

/// Lets readers that wait at the same time share one snapshot: the way to the database and back costs more than a balance.
///
/// A reader that comes while nothing runs reads at once. Those that come meanwhile gather and are read together, at most
/// ``LedgerLimits/batchCommandsMax`` at a time. There is no timer, and each snapshot begins after its readers asked.
final class BalanceBatcher: Sendable {
    typealias Answer = Result<Balance?, LedgerError>

    private struct Waiting: Sendable {
        let name: AccountName
        let answer: CheckedContinuation<Answer, Never>
    }

    private struct State {
        var isReading = false
        var waiting: [Waiting] = []
    }

    private let state = Mutex(State())

    /// The balance of an account, read with others that wait.
    func balance(of name: AccountName, from ledger: Ledger) async throws(LedgerError) -> Balance? {
        let reads = state.withLock { state in
            defer { state.isReading = true }
            return !state.isReading
        }
        guard reads else { return try await gathered(name, ledger).get() }
        let answer = await Self.read([name], ledger)
        pass(on: ledger)
        return try answer.get().first ?? nil
    }

    private func gathered(_ name: AccountName, _ ledger: Ledger) async -> Answer {
        await withCheckedContinuation { continuation in
            let reads = state.withLock { state in
                state.waiting.append(Waiting(name: name, answer: continuation))
                defer { state.isReading = true }
                return !state.isReading
            }
            if reads { run(ledger) }
        }
    }

    /// Ends a turn of reading: whoever gathered meanwhile comes next.
    private func pass(on ledger: Ledger) {
        let goesOn = state.withLock { state in
            state.isReading = !state.waiting.isEmpty
            return state.isReading
        }
        if goesOn { run(ledger) }
    }

    /// Reads until nobody waits. When the figures of one account are damaged, the others are read without it.
    private func run(_ ledger: Ledger) {
        Task {
            while let batch = next(ledger.limits.batchCommandsMax) {
                let answer = await Self.read(batch.map(\.name), ledger)
                if case .failure(let error) = answer, error == LedgerError(.corrupt, ""), batch.count > 1 {
                    for reader in batch {
                        reader.answer.resume(returning: await Self.read([reader.name], ledger).map { $0[0] })
                    }
                } else {
                    for (at, reader) in batch.enumerated() { reader.answer.resume(returning: answer.map { $0[at] }) }
                }
            }
        }
    }

    private func next(_ limit: Int) -> [Waiting]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isReading = false
                return nil
            }
            let batch = Array(state.waiting.prefix(limit))
            state.waiting.removeFirst(batch.count)
            return batch
        }
    }

    private static func read(_ names: [AccountName], _ ledger: Ledger) async -> Result<[Balance?], LedgerError> {
        let reader = BalanceReader(limits: ledger.limits, wall: ledger.clock.now)
        do {
            return .success(try await ledger.reading { tx in try reader.balances(of: names, in: tx) })
        } catch {
            return .failure(error)
        }
    }
}
