// Trials on one database, and the check at their end.

import Foundation

/// Trials that share a database.
struct CrashSeries {
    private static let outstandingMax = 16
    /// Codes of answers that say only that nobody knows: the request is sent again.
    private static let open: Set<String> = ["unknownOutcome", "databaseFailed", "failed", "cancelled", "limit"]

    private let settings: CrashSettings
    private let place: String
    private let folder: URL
    private let intents: Intents
    private var traffic = Traffic(now: 1_767_225_600_000_000)

    init(_ settings: CrashSettings, place: String, folder: URL) throws {
        self.settings = settings
        self.place = place
        self.folder = folder
        intents = try Intents(folder.appending(path: "notes").path)
    }

    // MARK: One trial

    /// Runs traffic until the ending, restarts, verifies and resends.
    mutating func trial(_ number: Int, _ report: inout CrashReport) throws -> Ending {
        let seed = settings.seed &+ UInt64(number)
        var random = Seeded(seed: seed)
        let ending = Ending.chosen(isServer: settings.server != nil, &random)
        traffic.begin("t\(number + 1)", seed: random.next())
        try run(ending, &random, &report)
        report.endings[ending.kind, default: 0] += 1

        let host = try start()
        try setClock(host)
        try verify(host)
        report.resent += try resend(intents.unanswered.filter { !$0.key.hasPrefix("clock") }, host)
        report.resent += try resend(sample(&random), host)
        try settled()
        try end(host)
        return ending
    }

    private func start(_ ending: Ending? = nil) throws -> HostProcess {
        try HostProcess(
            settings.host + ["--database", place, "--manual-clock"], environment: ending?.environment ?? [:],
            errors: folder.appending(path: "errors").path)
    }

    private mutating func run(
        _ ending: Ending, _ random: inout Seeded, _ report: inout CrashReport
    ) throws {
        let host = try start(ending)
        let crew = Crew(host: host, intents: intents, open: Self.open)
        try setClock(host, crew)
        try openAccounts(crew)
        var trouble = Trouble(ending, server: settings.server)
        while crew.isAlive, !trouble.isOver {
            while crew.outstanding < Self.outstandingMax, crew.isAlive {
                if random.happens(6) { try crew.send(traffic.tick(), forgetting: true) }
                if random.happens(1) { try crew.send(traffic.sweep(), forgetting: true) }
                if random.happens(5), let old = intents.order.randomElement(using: &random),
                    let intent = intents.byKey[old]
                {
                    try crew.resend(intent)
                } else {
                    try crew.send(traffic.next())
                }
            }
            for (intent, answer) in try crew.read(within: 20) { traffic.learn(intent, answer) }
            try trouble.act(on: host)
        }
        try crew.hear(host.die())
        report.requests += crew.sent
        report.answers += crew.answered
    }

    private func openAccounts(_ crew: Crew) throws {
        for account in Traffic.accounts where intents.byKey["open-\(account)"]?.answer == nil {
            if let known = intents.byKey["open-\(account)"] {
                try crew.resend(known)
            } else {
                let fields = ["op": "open", "key": "open-\(account)", "acct": account, "unit": Traffic.unit]
                try crew.send(("open-\(account)", fields))
            }
        }
        while crew.outstanding > 0, crew.isAlive { _ = try crew.read(within: 100) }
    }

    private mutating func setClock(_ host: HostProcess, _ crew: Crew? = nil) throws {
        let crew = crew ?? Crew(host: host, intents: intents, open: Self.open)
        try crew.send(traffic.clock(at: traffic.now), forgetting: true)
        while crew.outstanding > 0, crew.isAlive { _ = try crew.read(within: 100) }
    }

    // MARK: After a restart

    /// Sends requests again, the same bytes, until each has its answer.
    private func resend(_ lot: [Intent], _ host: HostProcess) throws -> Int {
        let crew = Crew(host: host, intents: intents, open: Self.open)
        var rest = lot[...]
        let limit = Date().addingTimeInterval(60)
        while !rest.isEmpty || crew.outstanding > 0 {
            while crew.outstanding < Self.outstandingMax, let intent = rest.popFirst() { try crew.resend(intent) }
            _ = try crew.read(within: 100)
            rest += crew.takeUndecided()
            guard crew.isAlive else { throw CrashFinding("the restarted host ended by itself: \(errors)") }
            guard Date() < limit else { throw CrashFinding("requests stay without an answer for a minute") }
        }
        return crew.answered
    }

    /// A tenth of the answered requests, at most 500.
    private func sample(_ random: inout Seeded) -> [Intent] {
        let answered = intents.order.compactMap { intents.byKey[$0] }
            .filter { $0.answer != nil && !$0.key.hasPrefix("clock") }
        return (0..<min(500, answered.count / 10)).compactMap { _ in answered.randomElement(using: &random) }
    }

    private func settled() throws {
        if let open = intents.unanswered.first(where: { !$0.key.hasPrefix("clock") }) {
            throw CrashFinding("a request has no answer: \(open.line)")
        }
    }

    private func verify(_ host: HostProcess) throws {
        let answer = try ask(host, ["op": "verify", "key": "verify"])
        guard answer["sound"] as? Bool == true else { throw CrashFinding("verify finds damage: \(answer)") }
    }

    /// Asks one question and waits for its answer.
    private func ask(_ host: HostProcess, _ fields: [String: Any]) throws -> [String: Any] {
        let data = try JSONSerialization.data(withJSONObject: fields)
        host.send(String(decoding: data, as: UTF8.self))
        while let lines = host.lines(within: 60_000) {
            guard let line = lines.last else { break }
            return try Crew.object(line)
        }
        throw CrashFinding("no answer to \(fields): \(errors)")
    }

    private func end(_ host: HostProcess) throws {
        let (_, exit) = host.finish()
        guard exit == 0 else { throw CrashFinding("the host ends with \(exit): \(errors)") }
    }

    private var errors: String {
        (try? String(contentsOf: folder.appending(path: "errors"), encoding: .utf8)) ?? ""
    }

    // MARK: The checks

    /// Lets everything come to its end, and checks every row against everything that was asked and answered.
    mutating func check(_ report: inout CrashReport) throws {
        let host = try start()
        traffic.begin("end", seed: 0)
        try setClock(host)
        let end = Traffic.text(traffic.now + 8 * 86_400_000_000)
        _ = try ask(host, ["op": "clock", "key": "clock-end", "at": end])
        while try ask(host, ["op": "sweep", "key": "sweep-end", "limit": 1000])["more"] as? Bool == true {}
        let dump = try LedgerDump(host)
        try verify(host)
        try self.end(host)
        let checks = try DumpChecks(dump, intents)
        try checks.run()
        try checks.nothingIsHeld()
        report.dumps += 1
        report.transactions += dump.transactions.count
        report.refusals += dump.refusals.count
    }
}
