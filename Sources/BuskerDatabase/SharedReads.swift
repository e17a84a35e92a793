// Readers that wait at the same time share one snapshot.

import Synchronization

/// Lets readers that wait at the same time share one snapshot: the way to the database and back costs more than a few rows.
///
/// A reader that comes while fewer than ``lanes`` snapshots are being read reads at once. Those that come meanwhile gather and
/// are read together, at most as many at a time as the batch may have. There is no timer, and each snapshot begins after its
/// readers asked.
package final class SharedReads<Key: Sendable, Value: Sendable, Failure: Error>: Sendable {
    /// What a reader gets.
    package typealias Answer = Result<Value, Failure>
    /// Reads all of some keys on one snapshot: as many answers as keys, in their order.
    package typealias Read = @Sendable ([Key]) async -> [Answer]

    private struct Waiting: Sendable {
        let key: Key
        let answer: CheckedContinuation<Answer, Never>
    }

    private struct State {
        /// How many snapshots are being read.
        var reading = 0
        var waiting: [Waiting] = []

        /// Begins to read unless enough do.
        mutating func begin() -> Bool {
            guard reading < SharedReads.lanes else { return false }
            reading += 1
            return true
        }
    }

    /// How many snapshots are read at a time: while one is on its way to its readers, another is at the database.
    package static var lanes: Int { 2 }

    private let state = Mutex(State())
    private let batchMax: Int

    /// Makes a place to gather.
    ///
    /// - Parameter batchMax: the most keys that are read together.
    package init(batchMax: Int) { self.batchMax = max(1, batchMax) }

    /// The value of a key, read with others that wait.
    package func value(of key: Key, _ read: @escaping Read) async throws(Failure) -> Value {
        let reads = state.withLock { $0.begin() }
        guard reads else { return try await gathered(key, read).get() }
        let answers = await read([key])
        pass(read)
        return try answers[0].get()
    }

    private func gathered(_ key: Key, _ read: @escaping Read) async -> Answer {
        await withCheckedContinuation { continuation in
            let reads = state.withLock { state in
                state.waiting.append(Waiting(key: key, answer: continuation))
                return state.begin()
            }
            if reads { run(read) }
        }
    }

    /// Ends a turn of reading: whoever gathered meanwhile comes next.
    private func pass(_ read: @escaping Read) {
        let goesOn = state.withLock { state in
            if state.waiting.isEmpty { state.reading -= 1 }
            return !state.waiting.isEmpty
        }
        if goesOn { run(read) }
    }

    /// Reads until nobody waits.
    private func run(_ read: @escaping Read) {
        Task {
            while let batch = next() {
                let answers = await read(batch.map(\.key))
                for (reader, answer) in zip(batch, answers) { reader.answer.resume(returning: answer) }
            }
        }
    }

    private func next() -> [Waiting]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.reading -= 1
                return nil
            }
            let batch = Array(state.waiting.prefix(batchMax))
            state.waiting.removeFirst(batch.count)
            return batch
        }
    }
}
