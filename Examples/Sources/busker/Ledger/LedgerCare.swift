// busker ledger verify, export, sweep and backup.

import ArgumentParser
import BuskerCore
import BuskerDatabase
import BuskerLedger
import Foundation

/// Checks every row.
struct LedgerVerify: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that every credit is accounted for and that nothing was changed afterwards.",
        discussion: """
            Ends with 12 when it is not so, and names the first row that is wrong. Keep the anchor that it prints somewhere \
            else: with --anchor a later run also notices when the newest rows were cut off.
            """)

    @Option(help: ArgumentHelp("The anchor of an earlier run.", valueName: "sequence:hash"))
    var anchor: AnchorText?

    @OptionGroup var options: LedgerOptions
    @OptionGroup var answer: Answer

    func perform() async throws {
        let bar = answer.bar("Verifying")
        defer { bar.end() }
        let verification = try await LedgerBook.with(try options.place, .read) { book in
            try await book.ledger.verify(against: anchor?.anchor) { progress in
                bar.show(progress.fraction, done: "\(progress.done) rows")
            }
        }
        bar.end()
        let report = VerifyReport(verification)
        try answer.give(report) { report.words }
        guard verification.ok else {
            let places = verification.problemCount == 1 ? "one place" : "\(verification.problemCount) places"
            throw Failure(
                .broken, code: "ledger_broken",
                "The ledger is broken in \(places); stop writing to it and compare a backup.")
        }
    }
}

/// What was found, as it is told.
private struct VerifyReport: Encodable {
    struct Problem: Encodable {
        let invariant: String
        let sequence: Int64?
        let text: String
    }

    let sound: Bool
    let transactions: Int64
    let anchor: String
    let problems: [Problem]
    let problemCount: Int

    init(_ verification: Verification) {
        sound = verification.ok
        transactions = verification.transactions
        anchor = "\(verification.anchor)"
        problems = verification.problems.map {
            Problem(invariant: $0.invariant.rawValue, sequence: $0.sequence, text: $0.text)
        }
        problemCount = verification.problemCount
    }

    /// The findings for people.
    var words: String {
        guard !sound else { return "\(transactions) transactions, and every credit is accounted for\nanchor \(anchor)" }
        var table = Columns(("rule", .left), ("transaction", .right), ("what is wrong", .left))
        for problem in problems { table.add(problem.invariant, problem.sequence.map(String.init) ?? "", problem.text) }
        let rest = problemCount - problems.count
        return table.text + (rest > 0 ? "\nand \(rest) more" : "")
    }
}

/// An anchor, as `12:9f86…`.
struct AnchorText: ExpressibleByArgument {
    let anchor: LedgerAnchor

    init?(argument: String) {
        guard let anchor = LedgerAnchor(parsing: argument) else { return nil }
        self.anchor = anchor
    }
}

/// Writes a history as comma-separated values.
struct LedgerExport: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write what happened as comma-separated values (CSV, RFC 4180, UTF-8).",
        discussion: "Text that a spreadsheet would take for a formula is written as text.")

    @Argument(help: "The account (default: every line of every account).")
    var account: String?

    @Option(name: .shortAndLong, help: "The file to write; - is standard output.")
    var output = Place.standard

    @Option(help: ArgumentHelp("Only what was written down at this moment or later.", valueName: "moment"))
    var since: MomentText?

    @Option(help: ArgumentHelp("Only what was written down before this moment.", valueName: "moment"))
    var until: MomentText?

    @OptionGroup var options: LedgerOptions
    @OptionGroup var answer: Answer

    func validate() throws { try answer.check(output) }

    func perform() async throws {
        let name = try account.map { try LedgerWrite.account($0) }
        let report = try await LedgerBook.with(try options.place, .read) { book in
            try await Interrupt.guardingFiles(unless: output.isStandard) {
                let file = try GrowingFile(output)
                do {
                    let export = CSVExport(
                        name.map { .history($0) } ?? .journal,
                        filter: HistoryFilter(from: since?.moment, to: until?.moment))
                    let report = try await book.ledger.exportCSV(export) { bytes in
                        try Interrupt.check()
                        try file.write(bytes)
                    }
                    try file.finish()
                    return report
                } catch {
                    file.giveUp()
                    throw error
                }
            }
        }
        guard !output.isStandard else { return }
        try answer.give(
            Report(path: output.path, rows: report.rows, bytes: report.bytes, sequence: report.asOfSequence)
        ) {
            "\(output.path): \(report.rows) rows, \(report.bytes) bytes"
        }
    }

    private struct Report: Encodable {
        let path: String
        let rows: Int
        let bytes: Int
        let sequence: Int64
    }
}

/// A file that appears whole or not at all, written piece by piece.
final class GrowingFile {
    private let place: Place
    private let partial: String
    private let handle: FileHandle

    init(_ place: Place) throws {
        self.place = place
        var status = stat()
        let isThere = stat(place.path, &status) == 0
        if place.isStandard {
            (partial, handle) = ("", .standardOutput)
        } else if isThere, status.st_mode & S_IFMT != S_IFREG {
            // A device or a named pipe is written to, never replaced.
            let descriptor = open(place.path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw Failure.cannotWrite(place.path, String(cString: strerror(errno))) }
            (partial, handle) = ("", FileHandle(fileDescriptor: descriptor, closeOnDealloc: true))
        } else {
            var name = Array((place.path + ".XXXXXX").utf8CString)
            let descriptor = mkstemp(&name)
            guard descriptor >= 0 else { throw Failure.cannotWrite(place.path, String(cString: strerror(errno))) }
            let mask = umask(0)
            umask(mask)
            fchmod(descriptor, isThere ? status.st_mode & 0o777 : 0o666 & ~mask)
            partial = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        }
    }

    func write(_ bytes: [UInt8]) throws {
        do {
            try handle.write(contentsOf: Data(bytes))
        } catch {
            throw Failure.cannotWrite(place.isStandard ? "standard output" : place.path, Place.reason(error))
        }
    }

    func finish() throws {
        guard !partial.isEmpty else { return }
        guard fsync(handle.fileDescriptor) == 0, rename(partial, place.path) == 0 else {
            throw Failure.cannotWrite(place.path, String(cString: strerror(errno)))
        }
    }

    func giveUp() {
        if !partial.isEmpty { unlink(partial) }
    }
}

/// Ends what is over.
struct LedgerSweep: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Write down the end of grants and holds whose time is over.",
        discussion: "Balances are right without it; what is over frees or ends at its instant all the same.")

    @Option(help: "Accounts at most, 1 to 100000.")
    var limit = 1000

    @OptionGroup var options: LedgerOptions
    @OptionGroup var answer: Answer

    func validate() throws {
        guard (1...100_000).contains(limit) else { throw ValidationError("--limit is from 1 to 100000.") }
    }

    func perform() async throws {
        let report = try await LedgerBook.with(try options.place, .write) { book in
            try await book.ledger.sweep(limit: limit)
        }
        try answer.give(Report(report)) {
            let rest = report.isMore ? "; more may be due, run it again" : ""
            let damage = report.damaged == 0 ? "" : "; \(report.damaged) of them are damaged, verify says how"
            return "\(report.ended) grants and holds ended on \(report.accounts) accounts\(damage)\(rest)"
        }
    }

    private struct Report: Encodable {
        let accounts: Int
        let ended: Int
        let damaged: Int
        let more: Bool

        init(_ report: SweepReport) {
            accounts = report.accounts
            ended = report.ended
            damaged = report.damaged
            more = report.isMore
        }
    }
}

/// Copies the database.
struct LedgerBackup: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the database into a new file while others write to it.")

    @Argument(help: "The file to make; one that is there is never replaced.")
    var file: String

    @OptionGroup var options: LedgerOptions
    @OptionGroup var answer: Answer

    func perform() async throws {
        guard case .file = try options.place else {
            throw Failure(
                .wrongOptions, code: "not_a_file", "A PostgreSQL server is backed up with pg_dump or pg_basebackup.")
        }
        try await LedgerBook.with(try options.place, .read) { book in
            try await (book.database as? SQLiteDatabase)?.backUp(to: file)
        }
        try answer.give(["path": file]) { "\(file) holds the whole database." }
    }
}
