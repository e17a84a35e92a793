// Readers that wait at the same time share one snapshot.

import BuskerCore
import BuskerDatabase
import Synchronization

/// Lets readers that wait at the same time share one snapshot: the way to the database and back costs more than a balance.
///
/// A reader that comes while fewer than ``lanes`` snapshots are being read reads at once. Those that come meanwhile gather and
/// are read together, at most ``LedgerLimits/batchCommandsMax`` at a time. There is no timer, and each snapshot begins after
/// its readers asked.
final class BalanceBatcher: Sendable {
    typealias Answer = Result<Balance?, LedgerError>

    private struct Waiting: Sendable {
        let name: AccountName
        let answer: CheckedContinuation<Answer, Never>
    }

    private struct State {
        /// How many snapshots are being read.
        var reading = 0
        var waiting: [Waiting] = []

        /// Begins to read unless enough do.
        mutating func begin() -> Bool {
            guard reading < BalanceBatcher.lanes else { return false }
            reading += 1
            return true
        }
    }

    /// How many snapshots are read at a time: while one is on its way to its readers, another is at the database.
    static let lanes = 2

    private let state = Mutex(State())

    /// The balance of an account, read with others that wait.
    func balance(of name: AccountName, from ledger: Ledger) async throws(LedgerError) -> Balance? {
        let reads = state.withLock { $0.begin() }
        guard reads else { return try await gathered(name, ledger).get() }
        let answer = await Self.read([name], ledger)
        pass(on: ledger)
        return try answer.get().first ?? nil
    }

    private func gathered(_ name: AccountName, _ ledger: Ledger) async -> Answer {
        await withCheckedContinuation { continuation in
            let reads = state.withLock { state in
                state.waiting.append(Waiting(name: name, answer: continuation))
                return state.begin()
            }
            if reads { run(ledger) }
        }
    }

    /// Ends a turn of reading: whoever gathered meanwhile comes next.
    private func pass(on ledger: Ledger) {
        let goesOn = state.withLock { state in
            if state.waiting.isEmpty { state.reading -= 1 }
            return !state.waiting.isEmpty
        }
        if goesOn { run(ledger) }
    }

    /// Reads until nobody waits.
    ///
    /// When the figures of one account are damaged, the others are read without it.
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
                state.reading -= 1
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
