// Runs a script on a ledger and says where it differs from the naive one.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import LedgerModel
import Synchronization
import TestSupport

/// A clock that goes a little on each time it is looked at.
final class DriftingClock: WallClock {
    private let state: Mutex<(now: Timestamp, drift: Int64)>

    init(_ now: Timestamp) { state = Mutex((now, 0)) }

    var now: Timestamp {
        state.withLock { state in
            defer { state.now = state.now.advanced(byMicroseconds: state.drift) }
            return state.now
        }
    }

    func set(_ now: Timestamp, drift: Int64) { state.withLock { $0 = (now, drift) } }
}

/// What a broken ledger would do; the hunt must notice each.
enum Sabotage: String, Sendable, CaseIterable, CustomStringConvertible {
    case forgetsAKey, answersBeforeTheCommit, forgetsAPin, losesAStep, keepsAHold

    var description: String { rawValue }
}

/// Runs a script on a ledger.
struct Runner {
    struct Undone: Error {}

    let database: any Database
    let clock: DriftingClock
    /// Two ledgers on one database, which take turns: each finds what the other changed.
    private let ledgers: [Ledger]
    private var turn = 0
    let sabotage: Sabotage?
    private var commands: [Int: LedgerCommand] = [:]
    private var receipts: [Int: Receipt] = [:]
    private var log: [(LedgerCommand, Answer)] = []
    private var asked: [String: LedgerCommand] = [:]
    private var answers: [String: Answer] = [:]
    private var before: [String: [LedgerCommand]] = [:]

    init(_ database: any Database, slicesMax: Int, sabotage: Sabotage? = nil) {
        self.database = database
        self.sabotage = sabotage
        let clock = DriftingClock(Timestamp(microseconds: 1_800_000_000_000_000))
        self.clock = clock
        let ids = IDGenerator(clock: clock, random: SeededGenerator(seed: 1))
        var limits = LedgerLimits()
        limits.slicesMax = slicesMax
        ledgers = (0..<2).map { _ in Ledger(database, clock: clock, ids: ids, limits: limits) }
    }

    /// Runs the script and says what was wrong, nothing when all was right.
    static func problems(
        of script: Script, on database: any Database, sabotage: Sabotage? = nil
    ) async throws -> (list: [String], census: [String: Int]) {
        var runner = Runner(database, slicesMax: script.slicesMax, sabotage: sabotage)
        try await runner.ledger.migrate()
        for stretch in script.stretches { try await runner.run(stretch) }
        return (try await runner.check(), runner.census)
    }

    /// How often each kind of transaction happened and each refusal was given, to see that a hunt goes everywhere.
    private(set) var census: [String: Int] = [:]

    private var ledger: Ledger { ledgers[turn] }

    private mutating func run(_ stretch: Stretch) async throws {
        turn = (stretch.moves.first?.number ?? 0) % 5 == 0 ? 1 : 0
        try await pace(stretch)
        if stretch.sweeps { _ = try await ledger.sweep(limit: 2) }
        guard stretch.manner != .single else {
            for numbered in stretch.moves {
                let list = resolve([numbered])
                note(list, await ask(list.map(\.command), .single))
            }
            return
        }
        let list = resolve(stretch.moves)
        let known = stretch.manner == .linked ? try await refusedKeys() : []
        if stretch.manner == .undone {
            try await undo(list.map(\.command))
        } else {
            note(list, await ask(list.map(\.command), stretch.manner))
        }
        if stretch.manner == .linked {
            let news = try await refusedKeys().subtracting(known)
            for (at, item) in list.enumerated() where news.contains(item.command.key.text) {
                let name = Self.name(item.command)
                guard before[name] == nil else { continue }
                before[name] = list[..<at].map(\.command)
                asked[name] = item.command
            }
        }
        if let sabotage { try await spoil(sabotage) }
    }

    private func refusedKeys() async throws -> Set<String> {
        try await database.read { tx in
            Set(try tx.rows("SELECT key FROM ledger_refusal").map { try $0.get(0, as: String.self) })
        }
    }

    private func pace(_ stretch: Stretch) async throws {
        let now = stretch.pace == .by(-3_600_000_000) ? clock.now : latest
        switch stretch.pace {
        case .by(let step): clock.set(now.advanced(byMicroseconds: step), drift: stretch.drift)
        case .toNextEnd(let distance):
            let next = try await database.read { tx -> Int64? in
                let hold: Int64? = try tx.value(
                    "SELECT expires_us FROM ledger_hold WHERE state = 1 AND expires_us > \(now) ORDER BY expires_us LIMIT 1"
                )
                let grant: Int64? = try tx.value(
                    """
                    SELECT expires_us FROM ledger_grant WHERE remaining > 0 AND expires_us > \(now)
                    AND expires_us < \(Int64.max) ORDER BY expires_us LIMIT 1
                    """)
                return [hold, grant].compactMap { $0 }.min()
            }
            clock.set(next.map { Timestamp(microseconds: $0 + distance) } ?? now, drift: stretch.drift)
        }
    }

    /// The ledger's own clock, as far as it has been seen.
    private var latest: Timestamp { max(clock.now, receipts.values.map(\.createdAt).max() ?? clock.now) }

    private func ask(_ asked: [LedgerCommand], _ manner: Manner) async -> [Answer] {
        let list = sabotage == .forgetsAKey ? asked.map(forgetting) : asked
        switch manner {
        case .each: return await ledger.performEach(list)
        case .linked:
            do throws(LedgerError) {
                return try await ledger.perform(linked: list).map { .success($0) }
            } catch {
                let group = LedgerError(error.isRefusal ? .groupRefused : error.code, "\(error)")
                return list.map { _ in .failure(group) }
            }
        case .single, .undone:
            var answers: [Answer] = []
            for command in list { answers.append(await answer(to: command)) }
            return answers
        case .composed: return await compose(list)
        case .raced:
            let ledgers = ledgers
            return await withTaskGroup(of: (Int, Answer).self) { group in
                for (at, command) in list.enumerated() {
                    group.addTask {
                        do throws(LedgerError) {
                            return (at, .success(try await ledgers[at % 3 / 2].perform(command)))
                        } catch {
                            return (at, .failure(error))
                        }
                    }
                }
                var answers: [Int: Answer] = [:]
                for await (at, answer) in group { answers[at] = answer }
                return list.indices.compactMap { answers[$0] }
            }
        }
    }

    /// The command under another key if its own was used before.
    private func forgetting(_ command: LedgerCommand) -> LedgerCommand {
        guard receipts.values.contains(where: { $0.key == command.key }) else { return command }
        var other = command
        other.key = IdempotencyKey(trusted: "\(command.key.text)~\(log.count)", scope: "")
        return other
    }

    private func answer(to command: LedgerCommand) async -> Answer {
        do throws(LedgerError) { return .success(try await ledger.perform(command)) } catch { return .failure(error) }
    }

    /// All in one transaction of the host, which survives each refusal.
    private func compose(_ list: [LedgerCommand]) async -> [Answer] {
        let ledger = ledger
        do {
            return try await database.write { tx in
                list.map { command in
                    do throws(LedgerError) {
                        return .success(try ledger.perform(command, in: tx))
                    } catch {
                        return .failure(error)
                    }
                }
            }
        } catch {
            return list.map { _ in .failure(LedgerError(.databaseFailed, "\(error)")) }
        }
    }

    /// All in one transaction of the host, which then thinks better of it.
    private func undo(_ list: [LedgerCommand]) async throws {
        let ledger = ledger
        do {
            try await database.write { tx in
                for command in list { _ = try? ledger.perform(command, in: tx) }
                throw Undone()
            }
        } catch is Undone {}
    }

    /// Refusals that say nothing about the key.
    private static let forgotten: Set<LedgerError.Code> = [
        .conflict, .groupRefused, .badAmount, .badName, .badTerms, .badKey, .unitMismatch,
    ]

    static func name(_ command: LedgerCommand) -> String { Replay.name(command.key.scope, command.key.text) }

    private mutating func note(_ list: [(number: Int, command: LedgerCommand)], _ answers: [Answer]) {
        for ((number, command), answer) in zip(list, answers) {
            log.append((command, answer))
            count(answer)
            let name = Self.name(command)
            var isOwn = false
            switch answer {
            case .success(let receipt):
                if receipts[number] == nil { receipts[number] = receipt }
                isOwn = !receipt.replayed
            case .failure(let error): isOwn = !error.replayed && !Self.forgotten.contains(error.code)
            }
            if isOwn || asked[name] == nil { asked[name] = command }
            if isOwn { self.answers[name] = answer }
        }
    }

    private mutating func count(_ answer: Answer) {
        switch answer {
        case .success(let receipt): census[receipt.replayed ? "replayed" : "\(receipt.kind)", default: 0] += 1
        case .failure(let error): census["\(error.code)", default: 0] += 1
        }
    }

    private mutating func check() async throws -> [String] {
        let tables = try await database.read { try LedgerTables($0) }
        var replay = Replay(limits: ledger.limits)
        let keys = Dictionary(grouping: tables.txns) { Replay.name($0.scope, $0.key) }
        let refused = Dictionary(grouping: tables.refusals) { Replay.name($0.scope, $0.key) }
        replay.follow(
            tables, asked: winners(keys, refused),
            answers: answers.filter { keys[$0.key] != nil || refused[$0.key] != nil },
            before: before)
        let read = try await readings(replay.model, tables)
        return replay.problems + read + OwnChecks.problems(in: tables) + unanswered(keys, refused)
            + (try await verified())
    }

    /// What readers see now and saw then must be what the naive ledger says.
    private func readings(_ model: NaiveLedger, _ tables: LedgerTables) async throws -> [String] {
        clock.set(latest.advanced(byMicroseconds: 35), drift: 0)
        let now = latest.microseconds
        var problems: [String] = []
        for account in model.accounts {
            var swept = model
            swept.sweep(.close(AccountName(trusted: account.name)), at: now)
            let balance = try await ledger.balance(of: AccountName(trusted: account.name))
            guard let wanted = swept.account(account.name) else { continue }
            let bound = swept.available(account.name, scope: "stems", at: now)
            let found = [
                balance.posted, balance.held, balance.debt, balance.available, balance.available(for: "stems"),
            ]
            let says = [
                wanted.posted, wanted.held, wanted.debt, swept.available(account.name, scope: nil, at: now), bound,
            ]
            if found.map(\.steps) != says {
                problems.append("balance of \(account.name): \(found), the model says \(says)")
            }
        }
        for row in tables.txns
        where row.seq % 7 == 0 && tables.accounts.contains(where: { $0.id == row.account && $0.house == 0 }) {
            let name = AccountName(trusted: tables.name(row.account))
            let past = try await ledger.balance(of: name, asOf: Timestamp(microseconds: row.created))
            if [past.posted.steps, past.held.steps, past.debt.steps] != [row.posted, row.held, row.debt] {
                problems.append("\(name) as of \(row.seq): \(past), the row says \(row)")
            }
        }
        return problems
    }

    private func verified() async throws -> [String] {
        let verification = try await ledger.verify()
        return verification.ok ? [] : verification.problems.map { "verify: \($0)" }
    }

    /// Which of the commands that were asked under a key is the one that counts.
    private func winners(
        _ keys: [String: [LedgerTables.Txn]], _ refused: [String: [LedgerTables.Refusal]]
    ) -> [String: LedgerCommand] {
        var winners = asked
        for (command, answer) in log {
            switch answer {
            case .success(let receipt): if receipt.key == command.key { winners[Self.name(command)] = command }
            case .failure(let error):
                let name = Self.name(command)
                if refused[name]?.first?.code == error.code.description { winners[name] = command }
            }
        }
        return winners
    }

    /// What was answered must be in the tables.
    private func unanswered(
        _ keys: [String: [LedgerTables.Txn]], _ refused: [String: [LedgerTables.Refusal]]
    ) -> [String] {
        var problems: [String] = []
        var firsts: [String: Int] = [:]
        for (command, answer) in log {
            let name = Self.name(command)
            switch answer {
            case .success(let receipt):
                if !receipt.replayed { firsts[name, default: 0] += 1 }
                if case .open = command.action, receipt.replayed { continue }
                let row = keys[name]?.first
                if row?.seq != receipt.sequence || row?.id != receipt.transaction.bytes
                    || row?.amount != receipt.amount.steps
                    || row?.created != receipt.createdAt.microseconds || row?.posted != receipt.after.posted.steps
                    || row?.held != receipt.after.held.steps || row?.debt != receipt.after.debt.steps
                {
                    problems.append(
                        "\(command.key): the receipt \(receipt) is not in the tables: \(String(describing: row))")
                }
            case .failure(let error):
                if error.replayed, refused[name]?.first?.code != error.code.description {
                    problems.append("\(command.key): \(error) is replayed but not in the tables")
                }
                if error.code == .conflict, asked[name] == command, keys[name] != nil,
                    log.filter({ $0.0.key == command.key }).count == 1
                {
                    problems.append("\(command.key): a conflict with nothing")
                }
                if !error.isRefusal {
                    problems.append("\(command.key): \(error)")
                }
            }
        }
        return problems + firsts.filter { $0.value > 1 }.map { "\($0.key) happened \($0.value) times" }
    }
}

extension LedgerError {
    /// Whether the ledger said no, rather than failed.
    var isRefusal: Bool { ![.databaseFailed, .corrupt, .unknownOutcome, .cancelled].contains(code) }
}

extension Runner {
    private static let units = [Desk.credits, Desk.credits, Desk.tokens]

    private func account(_ at: Int) -> AccountName { AccountName(trusted: "account \(at)") }
    private func amount(_ at: Int, _ steps: Int64) -> Amount { Amount(steps: steps, unit: Self.units[at]) }
    private func key(_ number: Int) -> IdempotencyKey { IdempotencyKey(trusted: "move:\(number)", scope: "") }

    private mutating func resolve(_ moves: [Numbered]) -> [(number: Int, command: LedgerCommand)] {
        moves.map { numbered in
            let command = command(numbered)
            if commands[numbered.number] == nil { commands[numbered.number] = command }
            return (numbered.number, command)
        }
    }

    private func command(_ numbered: Numbered) -> LedgerCommand {
        let key = key(numbered.number)
        switch numbered.move {
        case .again(let number):
            return commands[number] ?? LedgerCommand(.close(account(9)), key: key)
        case .clash(let number):
            guard let command = commands[number] else { return LedgerCommand(.close(account(9)), key: key) }
            return LedgerCommand(.charge(account(0), amount(0, 3), scope: "clash"), key: command.key)
        default: return LedgerCommand(action(numbered.move), key: key)
        }
    }

    private func action(_ move: Move) -> LedgerAction {
        switch move {
        case .open(let a): return .open(account(a), unit: Self.units[a])
        case .grant(let a, let steps, let gift): return .grant(account(a), amount(a, steps), terms(gift))
        case .charge(let a, let steps, let scoped):
            return .charge(account(a), amount(a, steps), scope: scoped ? "stems" : nil)
        case .hold(let a, let steps, let life, let scoped):
            return .hold(account(a), amount(a, steps), timeToLive: .microseconds(life), scope: scoped ? "stems" : nil)
        case .capture(let number, let steps, let topUp):
            let hold = hold(number)
            return .capture(hold.id, amount(hold.unit, steps), topUp: topUp)
        case .release(let number): return .release(hold(number).id)
        case .reverse(let number, let steps):
            let spent = spent(number)
            return .reverse(spent.id, steps.map { amount(spent.unit, $0) })
        case .clawback(let payment, let cents):
            return .clawback(payment: "payment \(payment)", reversed: Money(minorUnits: cents, currency: .usd))
        case .adjust(let a, let steps): return .adjust(account(a), amount(a, steps), reason: "hunt")
        case .transfer(let a, let b, let steps): return .transfer(from: account(a), to: account(b), amount(a, steps))
        case .close(let a): return .close(account(a))
        case .stray(let a, let steps): return .charge(account(a), amount(a == 2 ? 0 : 2, steps), scope: nil)
        case .again, .clash: return .close(account(9))
        }
    }

    private func terms(_ gift: Gift) -> GrantTerms {
        let now = latest
        return GrantTerms(
            gift.payment == nil || gift.bonus ? .promo : .paid, priority: gift.priority,
            scope: gift.scoped ? "stems" : nil,
            effectiveAt: gift.begins.map { now.advanced(byMicroseconds: $0) },
            expiresAt: gift.ends.map { now.advanced(byMicroseconds: $0 + max(0, gift.begins ?? 0)) },
            cost: gift.payment == nil || gift.bonus ? nil : Money(minorUnits: 100, currency: .usd),
            payment: gift.payment.map { "payment \($0)" })
    }

    private var nobody: TransactionID { IDGenerator(clock: clock, random: SeededGenerator(seed: 4)).make() }
    /// The move itself if it happened, else one of its kind before it that did.
    private func happened(_ number: Int, _ kinds: Set<TransactionKind>) -> Receipt? {
        let number = receipts.keys.filter { $0 <= number && kinds.contains(receipts[$0]?.kind ?? .open) }.max()
        return number.flatMap { receipts[$0] }
    }

    private func hold(_ number: Int) -> (id: HoldID, unit: Int) {
        let closed = Set(receipts.values.filter { $0.kind != .hold }.compactMap(\.hold))
        let open = receipts.keys.sorted().filter { receipts[$0]?.hold.map { !closed.contains($0) } ?? false }
        let receipt =
            number % 4 == 0 || open.isEmpty ? happened(number, [.hold]) : receipts[open[number % open.count]]
        return (receipt?.hold ?? HoldID(sharing: nobody), receipt?.amount.unit == Desk.tokens ? 2 : 0)
    }

    private func spent(_ number: Int) -> (id: TransactionID, unit: Int) {
        let receipt = happened(number, [.charge, .capture])
        return (receipt?.transaction ?? nobody, receipt?.amount.unit == Desk.tokens ? 2 : 0)
    }

    /// Does to the tables what a broken ledger would have done.
    private mutating func spoil(_ sabotage: Sabotage) async throws {
        switch sabotage {
        case .forgetsAKey: break
        case .answersBeforeTheCommit:
            let ledger = ledger
            let command = LedgerCommand(
                .grant(account(0), amount(0, 5), GrantTerms()),
                key: IdempotencyKey(trusted: "early:\(log.count)", scope: ""))
            let early = Mutex<Answer?>(nil)
            do {
                try await database.write { tx in
                    let receipt = try ledger.perform(command, in: tx)
                    early.withLock { $0 = .success(receipt) }
                    throw Undone()
                }
            } catch {}
            if let answer = early.withLock({ $0 }) { note([(-1, command)], [answer]) }
        case .forgetsAPin:
            try await change("UPDATE ledger_grant SET held = held - 1 WHERE held > 0")
        case .losesAStep:
            try await change("UPDATE ledger_grant SET remaining = remaining - 1 WHERE remaining > held")
        case .keepsAHold:
            try await change("UPDATE ledger_hold SET state = 1 WHERE state = 3")
        }
    }

    private func change(_ sql: SQL) async throws { _ = try await database.write { try $0.execute(sql) } }
}
