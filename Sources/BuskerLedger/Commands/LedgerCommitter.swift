// Makes one commit of everything that waits.

import BuskerDatabase
import Synchronization

/// Gathers what callers ask for; everything that waits becomes one transaction, and then all are answered.
///
/// While one transaction is written the next one gathers. There is no timer, so a caller who is alone waits for nobody.
final class LedgerCommitter: Sendable {
    typealias Answers = Result<[LedgerAnswer], LedgerError>

    private struct Waiting {
        let ticket: UInt64
        let work: LedgerWork
        let continuation: CheckedContinuation<Answers, Never>
    }

    private struct State {
        var queue: [Waiting?] = []
        /// Everything before it was taken.
        var first = 0
        var commands = 0
        var ticket: UInt64 = 0
        var isRunning = false
        /// Tickets of callers who are on their way into the line, and whether they were cancelled meanwhile.
        var coming: [UInt64: Bool] = [:]

        /// The place of a ticket in the line; tickets rise along it, but for callers who overtook each other.
        func place(of ticket: UInt64) -> Int? {
            queue.indices.dropFirst(first).first { queue[$0]?.ticket == ticket }
        }

        /// Takes what fits into one batch off the line; an empty batch means that the line is empty.
        mutating func take(_ limit: Int) -> [Waiting] {
            var batch: [Waiting] = []
            batch.reserveCapacity(min(limit, queue.count - first))
            var taken = 0
            while first < queue.count {
                if let waiting = queue[first] {
                    guard batch.isEmpty || taken + waiting.work.count <= limit else { break }
                    batch.append(waiting)
                    taken += waiting.work.count
                    queue[first] = nil
                }
                first += 1
            }
            commands -= taken
            if first == queue.count {
                queue.removeAll(keepingCapacity: true)
                first = 0
            } else if first > 4_096 {
                queue.removeFirst(first)
                first = 0
            }
            isRunning = !batch.isEmpty
            return batch
        }
    }

    private let state = Mutex(State())
    private let limits: LedgerLimits
    /// Carries out a batch in one transaction.
    private let write: @Sendable ([LedgerWork]) async -> Result<[[LedgerAnswer]], LedgerError>

    init(
        limits: LedgerLimits, write: @escaping @Sendable ([LedgerWork]) async -> Result<[[LedgerAnswer]], LedgerError>
    ) {
        self.limits = limits
        self.write = write
    }

    /// Stands in line and waits for the answers.
    ///
    /// - Throws: ``LedgerError`` with `cancelled` when the task ended before the work began, `limit` when the line is full, or
    ///   what befell the whole batch.
    func submit(_ work: LedgerWork) async throws(LedgerError) -> [LedgerAnswer] {
        let ticket = state.withLock { state in
            state.ticket += 1
            state.coming[state.ticket] = false
            return state.ticket
        }
        let answers: Answers = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enqueue(Waiting(ticket: ticket, work: work, continuation: continuation))
            }
        } onCancel: {
            cancel(ticket)
        }
        return try answers.get()
    }

    /// How many commands wait for the next transaction.
    var waiting: Int { state.withLock { $0.commands } }

    private func enqueue(_ waiting: Waiting) {
        enum Turn { case wait, start, full, gone }
        let turn = state.withLock { state -> Turn in
            if state.coming.removeValue(forKey: waiting.ticket) == true { return .gone }
            guard state.commands + waiting.work.count <= limits.queueCommandsMax else { return .full }
            state.queue.append(waiting)
            state.commands += waiting.work.count
            guard !state.isRunning else { return .wait }
            state.isRunning = true
            return .start
        }
        switch turn {
        case .wait: break
        case .start: Task.detached { await self.run() }
        case .gone: waiting.continuation.resume(returning: .failure(Self.cancelled))
        case .full:
            waiting.continuation.resume(
                returning: .failure(
                    LedgerError(
                        .limit,
                        "\(limits.queueCommandsMax) commands are waiting already; try again later under the same key."))
            )
        }
    }

    /// Takes a caller out of the line, unless the work has begun.
    private func cancel(_ ticket: UInt64) {
        let waiting = state.withLock { state -> Waiting? in
            if state.coming[ticket] != nil {
                state.coming[ticket] = true
                return nil
            }
            guard let at = state.place(of: ticket) else { return nil }
            let waiting = state.queue[at]
            state.queue[at] = nil
            state.commands -= waiting?.work.count ?? 0
            return waiting
        }
        waiting?.continuation.resume(returning: .failure(Self.cancelled))
    }

    private func run() async {
        while true {
            let batch = state.withLock { state in state.take(limits.batchCommandsMax) }
            if batch.isEmpty { return }
            switch await write(batch.map(\.work)) {
            case .success(let answers):
                for (waiting, answer) in zip(batch, answers) {
                    waiting.continuation.resume(returning: .success(answer))
                }
            case .failure(let error) where error.code == .corrupt && batch.count > 1: await runEach(batch)
            case .failure(let error):
                for waiting in batch { waiting.continuation.resume(returning: .failure(error)) }
            }
        }
    }

    /// One damaged account must not stop the others: everyone gets a transaction of their own.
    private func runEach(_ batch: [Waiting]) async {
        for waiting in batch {
            let answers = await write([waiting.work])
            waiting.continuation.resume(returning: answers.map { $0.first ?? [] })
        }
    }

    private static let cancelled = LedgerError(
        .cancelled, "The task was cancelled before the command began; nothing was changed.")
}
