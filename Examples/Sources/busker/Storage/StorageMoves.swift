// busker storage migrate and repair: files that move, rows and objects that do not fit.

import ArgumentParser
import BuskerCore
import BuskerDatabase
import BuskerPostgres
import BuskerStorage
import Foundation

/// The database and the store that belong together.
struct StorageBooks: ParsableArguments {
    @OptionGroup var place: StorePlace
    @OptionGroup var options: LedgerOptions

    /// Runs `body` with both open.
    func with<Value>(
        _ body: (any Database, any ObjectStore) async throws -> Value
    ) async throws -> Value {
        let store = try place.open()
        let database: any Database
        switch try options.place {
        case .server(let url): database = try await PostgresDatabase(url: url)
        case .file(let path):
            guard FileManager.default.fileExists(atPath: path) else {
                throw Failure(.noInput, code: "database_not_found", "There is no database '\(path)'.")
            }
            database = try SQLiteDatabase(path: path)
        }
        do {
            let value = try await body(database, store)
            await database.close()
            return value
        } catch {
            await database.close()
            guard let error = error as? StorageError else { throw error }
            throw Failure(error)
        }
    }
}

/// Moves files to where permanent ones are, or goes on with moves.
struct StorageMigrate: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Move a file to where permanent ones are, or go on with all moves that were begun.",
        discussion: """
            With --file one file is moved, with --cancel a move is taken back that is not committed; otherwise every move whose \
            time has come goes on, for a host that has no work of its own to do in the commit. A move waits until nobody can \
            use the source any more.

            """ + StorePlace.discussion)

    @Option(help: ArgumentHelp("The file to move.", valueName: "file_…")) var file: String?
    @Option(help: ArgumentHelp("The move to take back.", valueName: "move_…")) var cancel: String?
    @Option(help: ArgumentHelp("What the new key begins with.", valueName: "prefix")) var prefix = "permanent/"
    @OptionGroup var books: StorageBooks
    @OptionGroup var answer: Answer

    func validate() throws {
        guard file == nil || cancel == nil else { throw ValidationError("Give --file or --cancel, not both.") }
    }

    func perform() async throws {
        let report = try await books.with { database, store in
            let desk = MigrationDesk(database, store: store)
            var moves: [FileMigration] = []
            if let file {
                moves = [try await desk.move(try FileID(parsing: file), MigrationOrder(prefix: prefix, who: "busker"))]
            } else if let cancel {
                moves = [try await desk.cancel(try MigrationID(parsing: cancel))]
            } else {
                moves = try await desk.resume()
            }
            return MovesReport(moves, try await desk.progress())
        }
        try answer.give(report) { report.words }
    }
}

/// What became of moves.
private struct MovesReport: Encodable {
    struct Move: Encodable {
        let id: String
        let file: String
        let step: String
        let source: String
        let target: String
        let waitUntil: String?
        let problem: String?
    }

    let moves: [Move]
    let running: Int64
    let failing: Int64
    let bytesToMove: Int64

    init(_ moves: [FileMigration], _ progress: MigrationProgress) {
        self.moves = moves.map {
            Move(
                id: $0.id.description, file: $0.file.description, step: $0.step.rawValue, source: $0.source.text,
                target: $0.target.text, waitUntil: $0.waitUntil?.iso8601, problem: $0.problem)
        }
        running = progress.running
        failing = progress.failing
        bytesToMove = progress.bytesToMove
    }

    /// The moves below each other.
    var words: String {
        var rows = moves.map { move in
            (
                move.file,
                move.step + (move.problem.map { ": \($0)" } ?? move.waitUntil.map { ", waits until \($0)" } ?? "")
            )
        }
        rows.append(("in all", "\(running) running, \(failing) failing, \(bytesToMove) bytes to move"))
        return Words.table(rows)
    }
}

/// Compares rows with objects, and sweeps what nothing needs.
struct StorageRepair: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Mark rows whose bytes are missing; with --sweep delete what no row needs.",
        discussion: """
            Rows are marked, never deleted. A sweep looks only at the prefixes that are named, deletes nothing that was not \
            seen twice a day apart and is a week old, and puts aside what never had a row. --dry-run only tells. Ends with 12 when \
            the audit is broken.

            """ + StorePlace.discussion)

    @Option(help: ArgumentHelp("A prefix that is ours, with its slash; may be repeated.", valueName: "prefix"))
    var sweep: [String] = []
    @Flag(help: "Change nothing, only tell.") var dryRun = false
    @Flag(help: "Sweep although the database has many fewer rows than at the last sweep.") var acceptFewerRows = false
    @OptionGroup var books: StorageBooks
    @OptionGroup var answer: Answer

    func perform() async throws {
        let report = try await books.with { database, store in try await self.report(database, store) }
        try answer.give(report) { report.words }
        guard report.auditBrokenAt == nil else {
            throw Failure(.broken, code: "audit_broken", "The audit is broken at line \(report.auditBrokenAt ?? 0).")
        }
    }

    private func report(_ database: any Database, _ store: any ObjectStore) async throws -> RepairReport {
        var report = RepairReport(isDry: dryRun)
        if case .broken(let line, _) = try await AuditTrail.verify(database) { report.auditBrokenAt = line }
        let reconciler = Reconciler(database, store: store)
        var after: FileID?
        repeat {
            let page = try await reconciler.reconcile(after: after, isDry: dryRun)
            report.rows += page.looked
            report.unknown += page.unknown
            report.missing += page.missing.map(\.description)
            report.damaged += page.damaged.map(\.description)
            report.recovered += page.recovered.map(\.description)
            after = page.next
        } while after != nil
        guard !sweep.isEmpty else { return report }
        let swept = try await OrphanSweeper(database, store: store, prefixes: sweep)
            .sweep(isDry: dryRun, acceptsFewerRows: acceptFewerRows)
        report.objects = swept.looked
        report.waiting = swept.sighted + swept.waiting
        report.swept = swept.lines.map { "\($0.action.rawValue) \($0.key)" }
        if case .paused(let until) = swept.end { report.pausedUntil = until.iso8601 }
        return report
    }
}

/// What a repair found and did.
private struct RepairReport: Encodable {
    let isDry: Bool
    var auditBrokenAt: Int64?
    var rows = 0
    var unknown = 0
    var missing: [String] = []
    var damaged: [String] = []
    var recovered: [String] = []
    var objects = 0
    var waiting = 0
    var swept: [String] = []
    var pausedUntil: String?

    init(isDry: Bool) { self.isDry = isDry }

    /// The findings for people.
    var words: String {
        var rows = [
            ("rows", "\(self.rows) looked at, \(unknown) of which the store said nothing"),
            ("missing", missing.isEmpty ? "none" : missing.joined(separator: " ")),
            ("damaged", damaged.isEmpty ? "none" : damaged.joined(separator: " ")),
            ("recovered", recovered.isEmpty ? "none" : recovered.joined(separator: " ")),
            ("objects", "\(objects) looked at, \(waiting) without a row wait"),
        ]
        for line in swept { rows.append((isDry ? "would" : "did", Columns.visible(line))) }
        if let pausedUntil { rows.append(("paused", "until \(pausedUntil)")) }
        return Words.table(rows)
    }
}
