// busker ledger serve: a ledger for programs in any language, one line of JSON at a time.

import ArgumentParser
import BuskerCore
import BuskerDatabase
import BuskerLedger
import Foundation

/// Answers requests on standard input until it ends.
struct LedgerServe: WaitingCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answer requests, one JSON object a line, on standard input and output.",
        discussion: """
            Up to 1024 requests may be under way; answers come in any order and carry the key of their request, so wait for \
            the answer of what the next request builds on. Requests that wait share one commit. The end of the input or SIGTERM lets what is under way finish and ends the program with \
            0. Documentation/LedgerWire.md tells the rest.
            """)

    @OptionGroup var options: LedgerOptions

    @Option(help: "The most commands that share a commit, 1 to 4096.")
    var batch = LedgerLimits().batchCommandsMax

    @Flag(
        help: "A clock that moves only by the request 'clock', from 2000-01-01 or where the ledger stands: for tests.")
    var manualClock = false

    @Option(help: "write, or read: answers questions beside another process that writes.")
    var access = Access.write

    @Option(help: ArgumentHelp("Break a promise on purpose, to see that a test notices.", visibility: .private))
    var broken: Broken?

    func validate() throws {
        guard (1...4096).contains(batch) else { throw ValidationError("--batch is from 1 to 4096.") }
    }

    func perform() async throws {
        let place = try options.place
        let crash = try CrashPoint.wanted(ProcessInfo.processInfo.environment[CrashPoint.variable])
        let manual = manualClock ? ManualClock(ManualClock.start) : nil
        var limits = LedgerLimits()
        limits.batchCommandsMax = batch
        let clock: any WallClock = manual ?? SystemClock()
        let book: LedgerBook
        do {
            book = try await LedgerBook.open(
                place, access == .read ? .read : .create, clock: clock, limits: limits, crash: crash)
        } catch {
            throw Failure(error, at: place)
        }
        LineReader.heedSignals()
        let writer = LineWriter(crash)
        let host = WireHost(
            book: book, clock: manual, isReadOnly: access == .read, answersEarly: broken == .answerBeforeCommit,
            writer: writer)
        await serve(host, writer)
        let isWritten = writer.close()
        await book.database.close()
        guard isWritten else { throw Failure.cannotWrite("standard output", "nobody reads it any more") }
    }

    /// Answers every line; returns when all are answered.
    private func serve(_ host: WireHost, _ writer: LineWriter) async {
        let reader = LineReader()
        await withDiscardingTaskGroup { group in
            for await line in reader.lines() {
                let request: WireRequest
                switch host.read(line) {
                case .answered(let answer):
                    writer.send(answer.closed) { reader.done() }
                    continue
                case .request(let read): request = read
                }
                group.addTask {
                    let answer = await host.answer(request)
                    writer.send(answer?.closed ?? []) { reader.done() }
                }
            }
        }
    }

    enum Access: String, ExpressibleByArgument, CaseIterable {
        case read, write
    }

    enum Broken: String, ExpressibleByArgument, CaseIterable {
        case answerBeforeCommit = "answer-before-commit"
    }
}
