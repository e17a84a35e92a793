// The plug is pulled: what was answered is there, once, and a host that cheats is caught.

import Foundation
import Testing

@testable import ledger_crash

@Suite(.serialized) struct LedgerCrashTests {
    static let postgres = ProcessInfo.processInfo.environment["BUSKER_TEST_POSTGRES"] ?? ""

    /// Settings whose folder outlives a test that finds something.
    private func settings(trials: Int, seed: UInt64, _ options: String...) throws -> CrashSettings {
        let tool: URL = try #require(Runner.tool)
        let folder = FileManager.default.temporaryDirectory.appending(path: "busker-crash-\(seed)-\(UUID().uuidString)")
        return CrashSettings(
            host: [tool.path, "ledger", "serve"] + options, trials: trials, seed: seed, folder: folder)
    }

    private func run(_ settings: CrashSettings) throws -> CrashReport {
        var plan = CrashPlan(settings)
        try plan.run()
        try FileManager.default.removeItem(at: settings.folder)
        return plan.report
    }

    @Test func nothingThatWasAnsweredIsLost() throws {
        let report = try run(try settings(trials: 20, seed: 20_261_121))
        #expect(report.trials == 20)
        #expect(report.transactions > 500, "\(report.words)")
        #expect(report.endings.count > 3, "\(report.words)")
    }

    @Test func aHostThatAnswersBeforeItCommitsIsCaught() throws {
        let settings = try settings(trials: 30, seed: 7, "--broken", "answer-before-commit")
        #expect(throws: CrashFinding.self) { try run(settings) }
        try FileManager.default.removeItem(at: settings.folder)
    }

    @Test(.enabled(if: !postgres.isEmpty, "needs BUSKER_TEST_POSTGRES"))
    func aServerThatCrashesLosesNothing() throws {
        let server = CrashServer(script: Runner.root.appending(path: "Scripts/postgres"), name: "crash")
        _ = try server.start()
        var settings = try settings(trials: 10, seed: 4)
        settings.server = server
        let report = try run(settings)
        try server.remove()
        #expect(report.trials == 10)
        #expect(report.transactions > 200, "\(report.words)")
        #expect(report.endings["backend"] != nil && report.endings["server"] != nil, "\(report.words)")
    }
}
