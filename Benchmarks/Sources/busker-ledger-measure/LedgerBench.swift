// The closed loop: every caller waits for its answer before it asks again.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import Synchronization

/// A ledger with accounts that are rich enough, and the callers that use it.
struct LedgerBench: Sendable {
    let database: any Database
    let ledger: Ledger
    let load: Load
    let unit: Amount.Unit
    let names: [AccountName]

    init(_ database: any Database, _ load: Load) async throws {
        self.database = database
        self.load = load
        ledger = Ledger(database, ids: IDGenerator())
        unit = try Amount.Unit(code: "credits", scale: 2)
        names = try (0..<load.accounts).map { try AccountName("user:\($0)") }
        try await ledger.migrate()
        try await database.write { tx in
            try tx.execute("CREATE TABLE host_row (id TEXT NOT NULL PRIMARY KEY, account TEXT NOT NULL)")
        }
        try await fill()
    }

    private func fill() async throws {
        let opening = Amount(steps: 1_000_000_000_000, unit: unit)
        for start in stride(from: 0, to: names.count, by: 128) {
            var commands: [LedgerCommand] = []
            for name in names[start..<min(start + 128, names.count)] {
                commands.append(LedgerCommand(.open(name, unit: unit), key: try IdempotencyKey("open:\(name)")))
                commands.append(
                    LedgerCommand(.grant(name, opening, GrantTerms()), key: try IdempotencyKey("grant:\(name)")))
            }
            for outcome in await ledger.performEach(commands) { _ = try outcome.get() }
        }
    }

    /// Runs the load and tells it as a JSON line.
    func run() async throws -> String {
        let memory = Memory(every: max(load.count / 10, 1))
        let begin = Clocks.wall
        let cpu = Clocks.cpu
        let waits = try await withThrowingTaskGroup(of: Waits.self) { group in
            for caller in 0..<load.callers {
                group.addTask { try await Caller(bench: self, number: caller).run(until: begin, memory: memory) }
            }
            var all = Waits()
            for try await one in group { all += one }
            return all
        }
        let seconds = Clocks.wall - begin
        let operations = Double(waits.count)
        let fields = [
            "\"peer\": \"busker\"", "\"mode\": \"\(load.operation.rawValue)\"", "\"callers\": \(load.callers)",
            "\"accounts\": \(load.accounts)", "\"ops\": \(waits.count)", "\"ops_s\": \(Int(operations / seconds))",
            "\"p50_ms\": \(waits.quantile(0.5))", "\"p99_ms\": \(waits.quantile(0.99))",
            "\"max_ms\": \(waits.quantile(1))", "\"cpu_us_per_op\": \((Clocks.cpu - cpu) / operations * 1e6)",
            "\"rss_mib\": \(memory.list)", "\"verified\": \(try await verified())",
        ]
        return "{" + fields.joined(separator: ", ") + "}"
    }

    /// Whether the ledger proves itself.
    private func verified() async throws -> Bool {
        if load.count > 0 || load.operation == .balance { return true }
        return try await ledger.verify().ok
    }

}

/// One caller and how long it waited.
struct Caller {
    let bench: LedgerBench
    let number: Int

    func run(until begin: Double, memory: Memory) async throws -> Waits {
        var random = SystemRandomNumberGenerator()
        var waits = Waits()
        let load = bench.load
        let share = load.count / load.callers
        while share > 0 ? waits.count < share : Clocks.wall - begin < Double(load.seconds) {
            let start = Clocks.wall
            let steps = try await once(&random)
            waits.note((Clocks.wall - start) * 1e6, times: steps)
            memory.passed(steps)
        }
        return waits
    }

    /// One round, and how many operations it counts for.
    private func once(_ random: inout SystemRandomNumberGenerator) async throws -> Int {
        let name = bench.names[Int.random(in: 0..<bench.names.count, using: &random)]
        let amount = Amount(steps: Int64.random(in: 1...100, using: &random), unit: bench.unit)
        let ledger = bench.ledger
        let digits = String(random.next(), radix: 16) + String(random.next(), radix: 16)
        let key = try IdempotencyKey(digits)
        switch bench.load.operation {
        case .post:
            let isGrant = Int.random(in: 0..<10, using: &random) == 0
            let action: LedgerAction = isGrant ? .grant(name, amount, GrantTerms()) : .charge(name, amount, scope: nil)
            _ = try await ledger.perform(LedgerCommand(action, key: key))
            return 1
        case .hold:
            let held = try await ledger.perform(
                LedgerCommand(.hold(name, amount, timeToLive: .seconds(600), scope: nil), key: key))
            guard let hold = held.hold else { return 1 }
            let capture = try IdempotencyKey(digits + ":capture")
            _ = try await ledger.perform(LedgerCommand(.capture(hold, amount, topUp: false), key: capture))
            return 2
        case .own:
            try await bench.database.write { tx in
                try tx.execute("INSERT INTO host_row (id, account) VALUES (\(digits), \(name.text))")
                _ = try ledger.perform(LedgerCommand(.charge(name, amount, scope: nil), key: key), in: tx)
            }
            return 1
        case .balance:
            _ = try await ledger.balance(of: name)
            return 1
        }
    }
}
