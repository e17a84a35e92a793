// What the page on holds, grants and keys shows compiles, runs, and cannot drift away.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import Foundation
import TestSupport
import Testing

@Suite struct ReadingDocumentTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// A Swift block of a page.
    struct Snippet: CustomTestStringConvertible {
        let isMarked: Bool
        let lines: [Substring]
        var testDescription: String { lines.first.map(String.init) ?? "nothing" }
    }

    static let snippets: [Snippet] = [
        "Sources/BuskerLedger/BuskerLedger.docc/HoldsGrantsAndKeys.md", "Documentation/Ledger.md", "README.md",
    ]
    .flatMap { path in
        let text = (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let found = lines.indices.filter { lines[$0] == "```swift" }.map { open in
            Snippet(
                isMarked: open > 0 && lines[open - 1] == "<!-- tested: ReadingDocumentTests -->",
                lines: Array(lines[(open + 1)...].prefix { $0 != "```" }))
        }
        return path == "README.md" ? found.filter(\.isMarked) : found
    }

    @Test func everySnippetIsMarked() {
        #expect(Self.snippets.count == 7)
        #expect(!Self.snippets.contains { !$0.isMarked })
    }

    @Test(arguments: snippets)
    func everyLineStandsInThisFile(snippet: Snippet) throws {
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let own = source.split(separator: "\n").map { $0.drop { $0 == " " } }
        let wanted = snippet.lines.map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
        #expect(wanted.count >= 3)
        let found = own.indices.contains { own[$0...].starts(with: wanted) }
        #expect(found, "these lines do not stand one after another in ReadingDocumentTests.swift")
    }

    @Test(arguments: DatabaseKind.all)
    func aJobFromTheEstimateToThePrice(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in try await Self.story(bench.ledger, bench.clock) }
    }

    private static func story(_ ledger: Ledger, _ clock: ManualClock) async throws {
        let credits = try Amount.Unit(code: "credits", scale: 2)
        let listener = try AccountName("user:42")
        try await ledger.open(listener, unit: credits, key: IdempotencyKey("user:42:open"))

        let bought = GrantTerms(.paid, cost: try Money(parsing: "5.00", currency: Currency("USD")), payment: "pi_7")
        let gift = GrantTerms(.welcome, expiresAt: clock.now.advanced(byMicroseconds: 30 * 86_400_000_000))
        try await ledger.grant(
            Amount(parsing: "100", unit: credits), to: listener, terms: bought, key: IdempotencyKey("pay:pi_7"))
        try await ledger.grant(
            Amount(parsing: "3", unit: credits), to: listener, terms: gift, key: IdempotencyKey("user:42:welcome"))

        let held = try await ledger.hold(
            Amount(parsing: "5", unit: credits), on: listener, for: .seconds(3600), key: IdempotencyKey("job_9:hold"))
        let waiting = try await ledger.balance(of: listener)  // posted 103.00, held 5.00, available 98.00
        #expect([waiting.posted, waiting.held, waiting.available].map(\.decimalText) == ["103.00", "5.00", "98.00"])

        guard let hold = held.hold else { return }
        let price = try Amount(parsing: "4.50", unit: credits)
        let receipt = try await ledger.capture(price, of: hold, key: IdempotencyKey("job_9:capture"))
        let again = try await ledger.capture(price, of: hold, key: IdempotencyKey("job_9:capture"))  // replayed
        #expect(again.transaction == receipt.transaction && again.replayed && !receipt.replayed)
        let left = try await ledger.grants(of: listener)
        #expect(left.items.map(\.remaining.decimalText) == ["98.50"])
        #expect(try await ledger.balance(of: listener).available.decimalText == "98.50")
        await #expect(throws: LedgerError(.conflict, "")) {
            try await ledger.capture(Amount(steps: 1, unit: credits), of: hold, key: IdempotencyKey("job_9:capture"))
        }
        try await takesBack(ledger, listener)
    }

    private static func takesBack(_ ledger: Ledger, _ listener: AccountName) async throws {
        try await ledger.clawback(
            payment: "pi_7", reversed: Money(parsing: "5.00", currency: Currency("USD")),
            key: IdempotencyKey("dispute:dp_1"))
        let after = try await ledger.balance(of: listener)
        #expect([after.posted, after.debt].map(\.decimalText) == ["0.00", "1.50"])
        #expect(try await ledger.verify().ok)
    }

    @Test(arguments: DatabaseKind.all)
    func theChargeAndWhatItPaysForCommitTogether(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let (ledger, database) = (bench.ledger, bench.database)
            let listener = try await bench.open("user:42")
            try await bench.grant(500, to: listener, key: "g")
            try await bench.tamper(["CREATE TABLE job (id TEXT PRIMARY KEY, state TEXT NOT NULL)"])
            let price = bench.amount(450)
            try await database.write { tx in
                try tx.execute("INSERT INTO job (id, state) VALUES (\("job_9"), 'queued')")
                try ledger.hold(price, on: listener, key: IdempotencyKey("job_9:hold"), in: tx)
            }
            #expect(try await ledger.balance(of: listener).available == bench.amount(50))
        }
    }

    @Test func whatTheReadmeShows() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "busker-readme-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "credits.db").path
        let (user, credits) = (try AccountName("user:42"), try Amount.Unit(code: "credits", scale: 0))
        let price = Amount(steps: 2, unit: credits)

        let ledger = Ledger(try SQLiteDatabase(path: file))
        try await ledger.migrate()
        try await ledger.open(user, unit: credits, key: IdempotencyKey("user:42:open"))
        try await ledger.grant(Amount(steps: 3, unit: credits), to: user, key: IdempotencyKey("pay_7"))
        let receipt = try await ledger.charge(Amount(steps: 1, unit: credits), to: user, key: IdempotencyKey("job_7"))

        #expect(receipt.after.posted.steps == 2)
        let again = try await ledger.charge(Amount(steps: 1, unit: credits), to: user, key: IdempotencyKey("job_7"))
        #expect(again.replayed && again.sequence == receipt.sequence)
        let database = ledger.database
        try await database.write { tx in
            try tx.execute("CREATE TABLE job (id TEXT PRIMARY KEY, state TEXT NOT NULL)")
        }
        try await database.write { tx in
            try tx.execute("INSERT INTO job (id, state) VALUES (\("job_8"), 'queued')")
            try ledger.hold(price, on: user, for: .seconds(3600), key: IdempotencyKey("job_8:hold"), in: tx)
        }
        let balance = try await ledger.balance(of: user)
        #expect((balance.available.steps, balance.held.steps) == (0, 2))
        await database.close()
    }
}
