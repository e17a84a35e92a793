// How callers share commits.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import Synchronization
import TestSupport
import Testing

@Suite struct CommitterTests {
    /// A ledger that says how often a batch began, and waits at the first for a gate.
    private func ledger(
        _ gate: Gate, limits: LedgerLimits = LedgerLimits()
    ) async throws -> (ledger: Ledger, batches: Counter) {
        let batches = Counter()
        let ledger = Ledger(
            try SQLiteDatabase.inMemory(), clock: SystemClock(), ids: IDGenerator(), limits: limits, observers: [],
            passing: { point in
                guard point == .batchBegin else { return }
                batches.add()
                gate.wait()
            })
        try await ledger.migrate()
        return (ledger, batches)
    }

    final class Counter: Sendable {
        private let value = Mutex(0)
        func add() { value.withLock { $0 += 1 } }
        var count: Int { value.withLock { $0 } }
    }

    private func opening(_ name: String) throws -> LedgerCommand {
        LedgerCommand(.open(try AccountName(name), unit: TestLedger.unit), key: try IdempotencyKey(name))
    }

    @Test func whatGathersWhileOneBatchIsWrittenBecomesTheNext() async throws {
        let gate = Gate()
        let (ledger, batches) = try await ledger(gate)
        let commands = try (0..<101).map { try opening("user:\($0)") }
        let first = Task { try await ledger.perform(commands[0]) }
        while batches.count == 0 { await Task.yield() }
        let rest = commands.dropFirst().map { command in Task { try await ledger.perform(command) } }
        while ledger.waiting < 100 { await Task.yield() }
        gate.open()
        _ = try await first.value
        var sequences: Set<Int64> = []
        for task in rest { sequences.insert(try await task.value.sequence) }
        #expect(sequences == Set(2...101))
        #expect(batches.count == 2)
    }

    @Test func aCallerWhoLeavesTheLineLeavesNoTrace() async throws {
        let gate = Gate()
        let (ledger, batches) = try await ledger(gate)
        let first = Task { [command = try opening("first")] in try await ledger.perform(command) }
        while batches.count == 0 { await Task.yield() }
        let waiting = try (0..<20).map { at in
            Task { [command = try opening("user:\(at)")] in try await ledger.perform(command) }
        }
        while ledger.waiting < 20 { await Task.yield() }
        for task in waiting.prefix(10) { task.cancel() }
        for task in waiting.prefix(10) {
            await #expect(throws: LedgerError(.cancelled, "")) { try await task.value }
        }
        first.cancel()
        gate.open()
        #expect(try await first.value.sequence == 1)
        for task in waiting.suffix(10) { _ = try await task.value }
        let accounts: Int64? = try await ledger.database.read { tx in
            try tx.value("SELECT COUNT(*) FROM ledger_account")
        }
        #expect(accounts == 11)
    }

    @Test func aTaskThatWasCancelledBeforeItAskedIsRefused() async throws {
        let gate = Gate()
        gate.open()
        let (ledger, _) = try await ledger(gate)
        let command = try opening("user:1")
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await ledger.perform(command)
        }
        await #expect(throws: LedgerError(.cancelled, "")) { try await task.value }
    }

    @Test func aFullLineIsRefusedAtOnce() async throws {
        var limits = LedgerLimits()
        limits.queueCommandsMax = 5
        let gate = Gate()
        let (ledger, batches) = try await ledger(gate, limits: limits)
        let first = Task { [command = try opening("first")] in try await ledger.perform(command) }
        while batches.count == 0 { await Task.yield() }
        let waiting = try (0..<5).map { at in
            Task { [command = try opening("user:\(at)")] in try await ledger.perform(command) }
        }
        while ledger.waiting < 5 { await Task.yield() }
        await #expect(throws: LedgerError(.limit, "")) { try await ledger.perform(try opening("one more")) }
        gate.open()
        _ = try await first.value
        for task in waiting { _ = try await task.value }
    }

    @Test func oneDamagedAccountDoesNotStopTheOthers() async throws {
        let gate = Gate()
        let (ledger, batches) = try await ledger(gate)
        let setUp = Task {
            for name in ["good", "bad"] {
                _ = try await ledger.perform(try opening(name))
                try await ledger.grant(credits(10), to: try AccountName(name), key: try IdempotencyKey("g \(name)"))
            }
        }
        gate.open()
        try await setUp.value
        try await ledger.database.write { tx in
            try tx.execute("UPDATE ledger_grant SET category = 99 WHERE id = 2")
        }
        let other = Ledger(ledger.database)
        let before = batches.count
        let commands = try (0..<6).map { at in
            LedgerCommand(
                .charge(try AccountName(at == 3 ? "bad" : "good"), credits(1), scope: nil),
                key: try IdempotencyKey("c\(at)"))
        }
        var codes: [LedgerError.Code?] = []
        await withTaskGroup(of: (Int, LedgerError.Code?).self) { group in
            for (at, command) in commands.enumerated() {
                group.addTask {
                    do throws(LedgerError) {
                        _ = try await other.perform(command)
                        return (at, nil)
                    } catch {
                        return (at, error.code)
                    }
                }
            }
            var all: [(Int, LedgerError.Code?)] = []
            for await one in group { all.append(one) }
            codes = all.sorted { $0.0 < $1.0 }.map(\.1)
        }
        #expect(codes == [nil, nil, nil, .corrupt, nil, nil])
        #expect(batches.count == before)
    }
}
