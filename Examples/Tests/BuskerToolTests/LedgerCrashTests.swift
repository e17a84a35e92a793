// The plug is pulled: what was answered is there, once, and a host that cheats is caught.

import Foundation
import Testing

@testable import ledger_crash

@Suite(.serialized) struct LedgerCrashTests {
    static let postgres = ProcessInfo.processInfo.environment["BUSKER_TEST_POSTGRES"] ?? ""

    private func settings(_ runner: Runner, trials: Int, seed: UInt64, _ options: String...) throws -> CrashSettings {
        let tool: URL = try #require(Runner.tool)
        return CrashSettings(
            host: [tool.path, "ledger", "serve"] + options, trials: trials, seed: seed,
            folder: runner.folder.appending(path: "crash"))
    }

    @Test func nothingThatWasAnsweredIsLost() throws {
        let runner = try Runner()
        var plan = CrashPlan(try settings(runner, trials: 20, seed: 20_261_121))
        try plan.run()
        #expect(plan.report.trials == 20)
        #expect(plan.report.transactions > 500, "\(plan.report.words)")
        #expect(plan.report.endings.count > 3, "\(plan.report.words)")
    }

    @Test func aHostThatAnswersBeforeItCommitsIsCaught() throws {
        let runner = try Runner()
        var plan = CrashPlan(try settings(runner, trials: 30, seed: 7, "--broken", "answer-before-commit"))
        #expect(throws: CrashFinding.self) { try plan.run() }
    }

    @Test(.enabled(if: !postgres.isEmpty, "needs BUSKER_TEST_POSTGRES"))
    func aServerThatCrashesLosesNothing() throws {
        let runner = try Runner()
        var settings = try settings(runner, trials: 10, seed: 4)
        let server = CrashServer(script: Runner.root.appending(path: "Scripts/postgres"), name: "crash")
        _ = try server.start()
        settings.server = server
        var plan = CrashPlan(settings)
        try plan.run()
        try server.remove()
        #expect(plan.report.trials == 10)
        #expect(plan.report.transactions > 200, "\(plan.report.words)")
    }
}
