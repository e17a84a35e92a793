// busker retention explain, plan, apply and undo.

import ArgumentParser
import BuskerCore
import BuskerRetention
import BuskerStorage
import Foundation

/// Says why a file is kept or goes.
struct RetentionExplain: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say in plain words why a file is kept or goes, and when.")

    @Argument(help: "The key of the file.") var key: String
    @OptionGroup var policy: PolicyOption
    @Option(help: ArgumentHelp("Judge as of this moment (default: now).", valueName: "moment")) var at: MomentText?
    @OptionGroup var options: LedgerOptions
    @OptionGroup var answer: Answer

    func perform() async throws {
        let policy = try policy.read()
        guard let key = try? ObjectKey(key) else { throw ValidationError("That is not the key of a file.") }
        let facts = try await RetentionDesk.with(try options.place) { try await $0.facts(of: key) }
        let now = at?.moment ?? SystemClock().now
        let decision = policy.evaluate(facts, at: now)
        let lines = policy.explain(facts, at: now)
        let report = Report(
            key: key.text, at: now.iso8601, steps: decision.steps.map(\.name), goes: decision.ceiling?.moment.iso8601,
            keptUntil: decision.floor?.moment.iso8601, blocks: decision.blocks.map(\.description), words: lines)
        try answer.give(report) { lines.map(Columns.visible).joined(separator: "\n") }
    }

    private struct Report: Encodable {
        let key: String
        let at: String
        let steps: [String]
        let goes: String?
        let keptUntil: String?
        let blocks: [String]
        let words: [String]
    }
}

/// Writes down what a policy would do.
struct RetentionMakePlan: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Write down what is to be done, a line of JSON for each item; nothing is changed.")

    @OptionGroup var policy: PolicyOption
    @Option(name: .shortAndLong, help: "The file to write the plan into; - is standard output.")
    var output = Place.standard
    @Option(help: "How many files there are, after many vanished on purpose.") var acceptFiles: Int64?
    @OptionGroup var options: LedgerOptions
    @OptionGroup var answer: Answer

    func validate() throws { try answer.check(output) }

    func perform() async throws {
        let policy = try policy.read()
        let plan = try await RetentionDesk.with(try options.place) { retention in
            try await Interrupt.guardingFiles(unless: output.isStandard) {
                let file = try GrowingFile(output)
                do {
                    let plan = try await retention.plan(policy, accepting: acceptFiles) { item in
                        try Interrupt.check()
                        try file.write(item.line.bytes + [0x0A])
                    }
                    try file.write(PlanFile.end(plan).bytes + [0x0A])
                    try file.finish()
                    return plan
                } catch {
                    file.giveUp()
                    throw error
                }
            }
        }
        guard !output.isStandard else { return }
        try answer.give(PlanReport(plan)) { PlanReport(plan).words }
    }
}

/// A plan as reports show it.
struct PlanReport: Encodable {
    let plan: String
    let digest: String
    let dry: Bool
    let totals: [String: Int64]
    let ends: Int64
    let brakes: [String]

    init(_ plan: RetentionPlan) {
        self.plan = plan.id.description
        digest = plan.digest
        dry = plan.isDry
        let t = plan.totals
        totals = [
            "files": t.files, "bytes": t.bytes, "judged": t.judged, "items": t.items, "rehearsed": t.rehearsed,
            "deletes": t.deletes, "delete_bytes": t.deleteBytes, "purges": t.purges, "purge_bytes": t.purgeBytes,
            "restricts": t.restricts, "conflicts": t.conflicts,
        ]
        ends = t.ends
        brakes = plan.brakes.map(\.description)
    }

    var words: String {
        func total(_ name: String) -> String { "\(totals[name] ?? 0)" }
        var lines = [
            Words.table([
                ("plan", plan), ("files", "\(total("files")), \(total("bytes")) bytes"), ("judged", total("judged")),
                ("to delete", "\(total("deletes")), \(total("delete_bytes")) bytes"),
                ("to delete for good", "\(total("purges")), \(total("purge_bytes")) bytes"),
                ("to restrict", total("restricts")), ("only rehearsed", total("rehearsed")),
                ("waiting for a rule", total("conflicts")),
            ])
        ]
        if dry { lines.append("This edition of the policy is new: apply only rehearses.") }
        if !brakes.isEmpty {
            lines += brakes.map { "The brake: \(Columns.visible($0))." }
            lines.append("To go on all the same: --release \(digest):\(ends)")
        }
        return lines.joined(separator: "\n")
    }
}

/// Carries a plan out.
struct RetentionApply: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Carry a plan out, or go on where it stopped; every file is judged again.",
        discussion: StorePlace.discussion)

    @Argument(help: "The file of the plan.") var plan: String
    @OptionGroup var policy: PolicyOption
    @OptionGroup var store: StorePlace
    @Option(help: ArgumentHelp("Releases the brake for this plan.", valueName: "digest:count")) var release: String?
    @OptionGroup var options: LedgerOptions
    @OptionGroup var answer: Answer

    func perform() async throws {
        let policy = try policy.read()
        let release = try release.map(Self.release)
        let file = PlanFile(path: plan)
        let store = try store.open()
        let run = try await RetentionDesk.with(try options.place) { retention in
            try await retention.apply(try await file.plan(), policy, items: file, store: store, release: release)
        }
        let report = Report(
            plan: run.plan.description, state: run.state.rawValue, deleted: run.counts.deleted,
            purged: run.counts.purged, others: run.counts.others, skipped: run.counts.skipped,
            failed: run.counts.failed, finished: run.finished, problem: run.problem.isEmpty ? nil : run.problem)
        try answer.give(report) { report.words }
        if run.state == .stopped {
            throw Failure(.tryAgain, code: "stopped", run.problem + " The same command goes on.")
        }
    }

    private static func release(_ text: String) throws -> BrakeRelease {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int64(parts[1]), parts[0].utf8.count == 64 else {
            throw ValidationError("--release is the digest of the plan, a colon and the number of files that go.")
        }
        return BrakeRelease(planDigest: String(parts[0]), ends: count)
    }

    private struct Report: Encodable {
        let plan: String
        let state: String
        let deleted: Int64
        let purged: Int64
        let others: Int64
        let skipped: Int64
        let failed: Int64
        let finished: Int64
        let problem: String?

        var words: String {
            guard state != RunState.dry.rawValue else {
                return "The first run of this edition only rehearses; nothing was done. Plan and apply again."
            }
            return """
                \(deleted) deleted, which can be undone; \(purged) deleted for good; \(others) other steps; \(skipped) left \
                alone, because they changed; \(failed) failed
                """
        }
    }
}

/// Takes deletions back.
struct RetentionUndo: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Bring back what a plan deleted, or one file, as long as its bytes are there.")

    @Argument(help: "The id of the plan (plan_…) or of a file (file_…).") var id: String
    @Option(help: ArgumentHelp("Hold what comes back, so that no policy deletes it again.", valueName: "reason"))
    var hold: String?
    @OptionGroup var options: LedgerOptions
    @OptionGroup var answer: Answer

    func perform() async throws {
        let report: Report
        if let plan = try? PlanID(parsing: id) {
            let undone = try await RetentionDesk.with(try options.place) { try await $0.undo(plan, holding: hold) }
            report = Report(restored: undone.restored, kept: undone.kept)
        } else if let file = try? FileID(parsing: id) {
            try await RetentionDesk.with(try options.place) { _ = try await $0.undo(file, holding: hold) }
            report = Report(restored: 1, kept: 0)
        } else {
            throw ValidationError("Name a plan (plan_…) or a file (file_…).")
        }
        try answer.give(report) { "\(report.restored) brought back; \(report.kept) cannot be" }
    }

    private struct Report: Encodable {
        let restored: Int64
        let kept: Int64
    }
}
