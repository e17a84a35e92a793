// What stays in memory between batches never changes an outcome.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct EngineMemoryTests {
    /// A list of commands that meet each other: twins, refusals, holds of one another, scopes, ends and debts.
    private static func commands(seed: UInt64, accounts: [AccountName]) throws -> [LedgerCommand] {
        var random = SeededGenerator(seed: seed)
        var commands: [LedgerCommand] = []
        for at in 0..<220 {
            guard let account = accounts.randomElement(using: &random),
                let other = accounts.randomElement(using: &random)
            else { continue }
            let amount = credits([1, 2, 5, 20].randomElement(using: &random) ?? 1)
            let scope = [nil, "a", "b"].randomElement(using: &random) ?? nil
            let action: LedgerAction
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                let cost = Money(minorUnits: 100, currency: .usd)
                let end = Timestamp(microseconds: 1_800_000_000_000_000 + Int64.random(in: 50...2_000, using: &random))
                let expires = Bool.random(using: &random) ? end : nil
                let priority = Int.random(in: 49...51, using: &random)
                let terms = GrantTerms(
                    priority: priority, scope: scope, expiresAt: expires, cost: cost, payment: "p\(at)")
                action = .grant(account, amount, terms)
            case 1, 2: action = .charge(account, amount, scope: scope)
            case 3: action = .hold(account, amount, timeToLive: .microseconds(40), scope: scope)
            case 4:
                let reversed = Money(minorUnits: Int64.random(in: 0...100, using: &random), currency: .usd)
                action = .clawback(payment: "p\(Int.random(in: 0...at, using: &random))", reversed: reversed)
            case 5: action = .adjust(account, credits(Bool.random(using: &random) ? 3 : -2), reason: "by hand")
            case 6: action = account == other ? .close(account) : .transfer(from: account, to: other, amount)
            default: action = .charge(account, amount, scope: nil)
            }
            switch Int.random(in: 0..<20, using: &random) {
            case 0: if let old = commands.randomElement(using: &random) { commands.append(old) }
            case 1: commands.append(LedgerCommand(action, key: try key(max(0, at - 3))))
            default: commands.append(LedgerCommand(action, key: try key(at)))
            }
        }
        return commands
    }

    private static func key(_ at: Int) throws -> IdempotencyKey { try IdempotencyKey("k\(at)") }

    private enum Way: CaseIterable { case oneByOne, freshEach, together, sevens, insideTransactions, twoLedgers }

    /// The hash of the whole history and what every command was answered.
    private static func outcome(_ way: Way, seed: UInt64) async throws -> (hash: [UInt8], answers: [String]) {
        let test = try await TestLedger()
        var accounts: [AccountName] = []
        for at in 0..<3 { accounts.append(try await test.open("user:\(at)", with: 30)) }
        let commands = try commands(seed: seed, accounts: accounts)
        var answers: [Result<Receipt, LedgerError>] = []
        let (one, two) = (test.another(), test.another())
        switch way {
        case .together: answers = await test.ledger.performEach(commands)
        case .sevens:
            for start in stride(from: 0, to: commands.count, by: 7) {
                answers += await test.ledger.performEach(Array(commands[start..<min(start + 7, commands.count)]))
            }
        case .oneByOne: for command in commands { answers += await test.ledger.performEach([command]) }
        case .freshEach: for command in commands { answers += await test.another().ledger.performEach([command]) }
        case .twoLedgers:
            for (at, command) in commands.enumerated() {
                answers += await (at % 3 == 0 ? one : two).ledger.performEach([command])
            }
        case .insideTransactions:
            for command in commands {
                let ledger = test.ledger
                answers.append(
                    try await ledger.database.write { tx in
                        do throws(LedgerError) {
                            return .success(try ledger.perform(command, in: tx))
                        } catch {
                            return .failure(error)
                        }
                    })
            }
        }
        let hash: [UInt8] = try await test.ledger.database.read { tx in
            try tx.value("SELECT hash FROM ledger_head") ?? []
        }
        #expect(try await test.ledger.verify().ok, "seed \(seed), \(way)")
        return (hash, answers.map(text))
    }

    private static func text(_ answer: Result<Receipt, LedgerError>) -> String {
        switch answer {
        case .success(let receipt):
            "\(receipt.sequence) \(receipt.transaction) \(receipt.amount) \(receipt.after) \(receipt.replayed)"
        case .failure(let error): "\(error) \(error.replayed)"
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func batchesAndMemoryChangeNothing(seed: UInt64) async throws {
        let (hash, answers) = try await Self.outcome(.oneByOne, seed: seed)
        for way in Way.allCases {
            let (otherHash, otherAnswers) = try await Self.outcome(way, seed: seed)
            if let at = answers.indices.first(where: { answers[$0] != otherAnswers[$0] }) {
                Issue.record("seed \(seed), \(way), command \(at): \(answers[at]) became \(otherAnswers[at])")
            }
            #expect(hash == otherHash, "seed \(seed), \(way)")
        }
        #expect(answers.contains { $0.contains("insufficient") } && answers.contains { $0.contains("true") })
    }

    @Test func aTransactionThatIsRolledBackLeavesNoMemory() async throws {
        struct Stop: Error {}
        let test = try await TestLedger()
        let account = try await test.open("user:1", with: 10)
        let ledger = test.ledger
        await #expect(throws: Stop.self) {
            try await ledger.database.write { tx in
                _ = try ledger.charge(credits(9), to: account, key: try IdempotencyKey("c1"), in: tx)
                throw Stop()
            }
        }
        #expect(try await test.run(.charge(account, credits(10), scope: nil), "c2").after.posted == credits(0))
        #expect(try await test.ledger.verify().ok)
    }
}
