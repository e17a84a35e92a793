// What callers see when they give up or the database fails.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct FailureTests {
    /// Keeps every later write waiting until the gate opens.
    private func block(_ desk: Desk, _ gate: Gate) async -> Task<Void, any Error> {
        let began = Gate()
        let task = Task {
            try await desk.database.write { tx in
                _ = try tx.execute("UPDATE ledger_head SET seq = seq")
                began.open()
                gate.wait()
            }
        }
        await began.opened()
        return task
    }

    @Test(arguments: DatabaseKind.all)
    func whoGivesUpInLineLeavesNoTraceOrGetsTheReceipt(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 1_000)
            let gate = Gate()
            let blocker = await block(desk, gate)
            let commands = try (0..<30).map { _ in
                LedgerCommand(.charge(alice, Desk.credits(1), scope: nil), key: try desk.freshKey())
            }
            let tasks = commands.map { command in Task { await desk.answer(to: command) } }
            for task in tasks.prefix(20) { task.cancel() }
            gate.open()
            try await blocker.value
            var charged: Set<String> = []
            for (command, task) in zip(commands, tasks) {
                let answer = await task.value
                switch answer {
                case .success: charged.insert(command.key.text)
                case .failure(let error): #expect(error.code == .cancelled)
                }
                if case .success = answer { desk.noted(command, answer) }
            }
            #expect(charged.isSuperset(of: commands.suffix(10).map(\.key.text)))
            let keys = try await desk.tables().txns.map(\.key)
            #expect(Set(keys).isSuperset(of: charged))
            #expect(keys.count == 2 + charged.count)
            for command in commands { _ = try await desk.ask(command).get() }
            #expect(try await desk.standing(alice) == [970, 0, 0])
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aTaskThatIsCancelledBeforeItAsksGetsAnAnswerAllTheSame(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            let command = LedgerCommand(.charge(alice, Desk.credits(1), scope: nil), key: try desk.freshKey())
            let task = Task { () -> Answer in
                unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                return await desk.ask(command)
            }
            switch await task.value {
            case .success: #expect(try await desk.standing(alice) == [9, 0, 0])
            case .failure(let error):
                #expect(error.code == .cancelled)
                #expect(try await desk.standing(alice) == [10, 0, 0])
            }
            #expect(try await desk.ask(command).get().amount.steps == 1)
            try await desk.checkInvariants()
        }
    }

    /// A commit that fails: a rule that SQLite and PostgreSQL check only when a transaction ends.
    static let rule = Migration(room: "host", version: 1, name: "a rule at the end") { d in
        [
            "CREATE TABLE parent (id \(d.integer) PRIMARY KEY)\(d.strict)",
            """
            CREATE TABLE child (id \(d.integer) PRIMARY KEY, parent \(d.integer) NOT NULL
                REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)\(d.strict)
            """,
        ]
    }

    @Test(arguments: DatabaseKind.all)
    func aFailedCommitIsAnErrorAndRepeatingConverges(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            try await desk.database.migrate([Self.rule])
            let alice = try await desk.open(with: 10)
            let charge = LedgerCommand(.charge(alice, Desk.credits(4), scope: nil), key: try desk.freshKey())
            await #expect(throws: DatabaseError.self) {
                try await desk.database.write { tx in
                    try tx.execute("INSERT INTO child (id, parent) VALUES (1, 1)")
                    _ = try desk.ledger.perform(charge, in: tx)
                }
            }
            #expect(try await desk.standing(alice) == [10, 0, 0])
            #expect(try await desk.ask(charge).get().replayed == false)
            #expect(try await desk.standing(alice) == [6, 0, 0])
            try await desk.check()
        }
    }

    @Test(arguments: [DatabaseKind.sqliteFile, .sqliteMemory])
    func whoSharesAFailedCommitIsToldSoOrGetsAnother(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            try await desk.database.migrate([Self.rule])
            let alice = try await desk.open(with: 100)
            let gate = Gate()
            let blocker = await block(desk, gate)
            let spoiler = Task {
                try await desk.database.write { tx in
                    _ = try tx.execute("INSERT INTO child (id, parent) VALUES (1, 1)")
                }
            }
            let commands = try (0..<20).map { _ in
                LedgerCommand(.charge(alice, Desk.credits(1), scope: nil), key: try desk.freshKey())
            }
            let tasks = commands.map { command in Task { await desk.ask(command) } }
            for _ in 0..<200 { await Task.yield() }
            gate.open()
            _ = try? await blocker.value
            await #expect(throws: DatabaseError.self) { try await spoiler.value }
            for task in tasks {
                if case .failure(let error) = await task.value {
                    #expect([.unknownOutcome, .databaseFailed].contains(error.code), "\(error)")
                }
            }
            for command in commands { _ = try await desk.ask(command).get() }
            #expect(try await desk.standing(alice) == [80, 0, 0])
            try await desk.checkInvariants()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aClosedDatabaseIsATypedError(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            await desk.database.close()
            let command = LedgerCommand(.charge(alice, Desk.credits(1), scope: nil), key: try desk.freshKey())
            let error = await #expect(throws: LedgerError.self) { try await desk.ledger.perform(command) }
            #expect(error?.code == .databaseFailed)
            let each = await desk.ledger.performEach([command, command])
            #expect(each.count == 2)
            for answer in each { #expect(throws: LedgerError(.databaseFailed, "")) { try answer.get() } }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func tablesThatAreNotThereAreATypedError(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            let desk = Desk(database)
            let answer = try await desk.ask(.open(try AccountName("alice"), unit: Desk.credits))
            #expect(throws: LedgerError(.databaseFailed, "")) { try answer.get() }
        }
    }
}
