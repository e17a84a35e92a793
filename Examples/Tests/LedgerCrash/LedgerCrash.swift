// ledger-crash: pulls the plug on a ledger again and again, and counts what is left.

import ArgumentParser
import Foundation

/// The crash plan as a program.
@main
struct LedgerCrash: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger-crash",
        abstract: "Crash a ledger host many times and check that every promise was kept.",
        discussion: "Prints its seed. Stops at the first finding and keeps the database; ends with 1 then.")

    @Option(help: "How many trials.")
    var trials = 100

    @Option(help: "The seed of the first trial (default: a new one).")
    var seed: UInt64?

    @Option(help: "The host, a program that speaks the wire format (default: busker beside this program).")
    var host: String?

    @Option(help: "An option more for the host; may be given again.")
    var hostOption: [String] = []

    @Option(help: ArgumentHelp("Scripts/postgres: use a server that it starts.", valueName: "script"))
    var postgres: String?

    @Option(help: "Where databases and notes are kept (default: a folder for temporary files).")
    var folder: String?

    func run() throws {
        let seed = seed ?? UInt64.random(in: 1...UInt64(UInt32.max))
        print("seed \(seed)")
        let place = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "busker").path
        let folder =
            folder.map { URL(filePath: $0) }
            ?? FileManager.default.temporaryDirectory.appending(path: "ledger-crash-\(seed)")
        let server = postgres.map { CrashServer(script: URL(filePath: $0), name: "crash") }
        if let server { print("server \(LedgerCrash.masked(try server.start()))") }
        var settings = CrashSettings(
            host: [host ?? place, "ledger", "serve"] + hostOption, trials: trials, seed: seed, folder: folder)
        settings.server = server
        settings.say = { FileHandle.standardOutput.write(Data(($0 + "\n").utf8)) }
        var plan = CrashPlan(settings)
        do {
            try plan.run()
        } catch let finding as CrashFinding {
            print("FOUND: \(finding)\nAgain: Scripts/crash --trials \(trials) --seed \(seed)")
            throw ExitCode(1)
        }
        try? FileManager.default.removeItem(at: folder)
        try server?.remove()
        print(plan.report.words)
    }

    private static func masked(_ url: String) -> String {
        guard let at = url.lastIndex(of: "@") else { return url }
        return String(url[url.index(after: at)...])
    }
}

extension CrashReport {
    /// The report for people.
    var words: String {
        let ends = endings.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        return """
            \(trials) trials: \(ends)
            \(requests) requests, \(answers) answers, \(resent) sent again after a restart
            \(dumps) dumps checked, \(transactions) transactions and \(refusals) refusals replayed; nothing was lost or doubled
            """
    }
}
