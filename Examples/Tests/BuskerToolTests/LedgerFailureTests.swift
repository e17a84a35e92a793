// busker ledger where things are not as they should be.

import Foundation
import Testing

@testable import busker
@testable import ledger_crash

@Suite struct LedgerFailureTests {
    @Test(arguments: [
        ["ledger", "nonsense"], ["ledger", "charge", "ann"], ["ledger", "charge", "ann", "1"],
        ["ledger", "grant", "ann", "1", "--cost", "5", "--database", "a.db"],
        ["ledger", "grant", "ann", "1", "--priority", "101", "--database", "a.db"],
        ["ledger", "grant", "ann", "1", "--category", "gift", "--database", "a.db"],
        ["ledger", "grant", "ann", "1", "--expires-in", "1y", "--database", "a.db"],
        ["ledger", "grant", "ann", "1", "--expires-in", "1d", "--key", "k", "--database", "a.db"],
        ["ledger", "open", "ann", "--unit", "credits:10", "--database", "a.db"],
        ["ledger", "open", "ann", "--unit", "cr edits:1", "--database", "a.db"],
        ["ledger", "history", "ann", "--limit", "0", "--database", "a.db"],
        ["ledger", "serve", "--batch", "0", "--database", "a.db"],
        ["ledger", "serve", "--access", "all", "--database", "a.db"],
        ["ledger", "release", "hold_nonsense", "--database", "a.db"],
        ["ledger", "clawback", "p1", "--reversed", "5", "--currency", "XYZ", "--database", "a.db"],
        ["ledger", "clawback", "p1", "--reversed", "1.234", "--currency", "USD", "--database", "a.db"],
        ["ledger", "grant", "ann", "1", "--cost", "1.234", "--currency", "USD", "--database", "a.db"],
        ["ledger", "open", "ann", "--database", "mysql://me:secret@host/credits"],
        ["ledger", "open", "ann", "--database", "host=127.0.0.1 password=secret"],
    ])
    func wrongOptionsAre64(arguments: [String]) throws {
        let runner = try Runner()
        let outcome = try runner.run(arguments)
        #expect(outcome.exit == 64, "\(outcome.errors)")
        #expect(!outcome.errors.isEmpty)
        #expect(!outcome.errors.contains("secret"))
        #expect(outcome.output.isEmpty)
        #expect(try runner.files().isEmpty)
    }

    @Test(arguments: [["capture", "hold_nonsense"], ["reverse", "txn_"], ["clawback", "p", "--reversed", "x"]])
    func whatIsWrongWithAnAnswerInJSONIsJSON(words: [String]) throws {
        let currency = words[0] == "clawback" ? ["--currency", "USD"] : []
        let outcome = try LedgerCommandTests.prepared().ledger(words + currency + ["--json"])
        #expect(outcome.exit == 64)
        let error = try #require(try JSONSerialization.jsonObject(with: Data(outcome.errors.utf8)) as? [String: Any])
        #expect(error["exit"] as? Int == 64, "\(outcome.errors)")
    }

    @Test func aRefusalThatWasGivenBeforeSaysSo() throws {
        let runner = try LedgerCommandTests.prepared()
        let words = ["charge", "ann", "500", "--key", "k"]
        #expect(!(try runner.ledger(words).errors.contains("new key")))
        #expect(try runner.ledger(["grant", "ann", "900"]).exit == 0)
        let again = try runner.ledger(words)
        #expect(again.exit == 10)
        #expect(again.errors.contains("use a new key"), "\(again.errors)")
        #expect(try runner.ledger(words + ["--json"]).errors.contains("\"replayed\":true"))
        #expect(try runner.ledger(["charge", "ann", "500"]).exit == 0)
    }

    @Test(arguments: [
        ["grant", "ann", "1.234"], ["grant", "ann", "-1"], ["grant", "ann", "many"], ["charge", "ann", "0"],
        ["charge", "ann", "99999999999999999999"], ["hold", "ann", "1", "--for", "8d"],
    ])
    func amountsOutOfRangeAre64(words: [String]) throws {
        let outcome = try LedgerCommandTests.prepared().ledger(words)
        #expect(outcome.exit == 64, "\(outcome.exit) \(outcome.errors)")
    }

    @Test(arguments: [
        ["grant", "ann", "1"], ["balance", "ann"], ["history", "ann"], ["verify"], ["export"], ["sweep"],
        ["backup", "copy.db"], ["close", "ann"],
    ])
    func onlyOpenMakesADatabase(words: [String]) throws {
        let runner = try Runner()
        let outcome = try runner.ledger(words)
        #expect(outcome.exit == 66, "\(outcome.errors)")
        #expect(outcome.errors.contains("There is no database 'ledger.db'"))
        #expect(try runner.files().isEmpty)
    }

    @Test func whatIsNotThereIsRefused() throws {
        let runner = try LedgerCommandTests.prepared()
        let hold = "hold_06ezq2v8sdy4r9y0j7k8m9n0pq"
        for words in [
            ["charge", "bob", "1"], ["clawback", "p9", "--reversed", "1", "--currency", "USD"], ["balance", "bob"],
        ] {
            let outcome = try runner.ledger(words)
            #expect(outcome.exit == 10, "\(words) \(outcome.errors)")
            #expect(outcome.errors.hasPrefix("busker: "))
        }
        #expect([10, 64].contains(try runner.ledger(["release", hold]).exit))
    }

    @Test func garbageIsNoDatabase() throws {
        let runner = try Runner()
        try Data(repeating: 7, count: 9000).write(to: runner.folder.appending(path: "ledger.db"))
        for words in [["balance", "ann"], ["grant", "ann", "1"], ["verify"]] {
            let outcome = try runner.ledger(words)
            #expect(outcome.exit == 65, "\(words) \(outcome.errors)")
            for word in ["DatabaseError", "Code(", "Optional("] { #expect(!outcome.errors.contains(word)) }
        }
    }

    @Test func aServerThatIsNotThereIs69AndThePasswordIsNotShown() throws {
        let runner = try Runner()
        for words in [["balance", "ann"], ["open", "ann"]] {
            let outcome = try runner.run(
                ["ledger"] + words + ["--database", "postgres://me:hunter2@127.0.0.1:1/credits?password=hunter2"])
            #expect(outcome.exit == 69, "\(outcome.errors)")
            #expect(outcome.errors.contains("127.0.0.1"))
            #expect(!outcome.errors.contains("hunter2"))
        }
    }

    @Test(arguments: ["postgres://me:hun/ter2@127.0.0.1:1/db", "postgres://me:hun?ter2@127.0.0.1:1/db"])
    func aPasswordThatIsNotEncodedIsNotShown(url: String) throws {
        let outcome = try Runner().run(["ledger", "balance", "ann", "--database", url])
        #expect(outcome.exit == 64)
        #expect(outcome.errors.contains("%2F"))
        for part in ["hun", "ter2"] { #expect(!outcome.errors.contains(part)) }
    }

    @Test func ctrlCEndsTheWaitForAServer() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name -> UInt16 in
                guard bind(listener, name, length) == 0, listen(listener, 4) == 0 else { return 0 }
                getsockname(listener, name, &length)
                return 1
            }
        }
        try #require(port == 1)
        let url = "postgres://me@127.0.0.1:\(UInt16(bigEndian: address.sin_port))/credits"
        let (process, finish) = try Runner().start(["ledger", "balance", "ann", "--database", url])
        usleep(500_000)
        #expect(process.isRunning)
        kill(process.processIdentifier, SIGINT)
        #expect(try finish().exit == 130)
    }

    @Test(arguments: ["nonsense", "batch.begin", "batch.begin:0", "batch.end:1"])
    func aCrashPointThatIsNoneIs64(point: String) throws {
        let runner = try Runner()
        let outcome = try runner.run(
            ["ledger", "serve", "--database", "a.db"], environment: ["LEDGER_CRASH_AT": point])
        #expect(outcome.exit == 64)
        #expect(outcome.errors.contains("checkpoint.mid"))
        #expect(try runner.files().isEmpty)
    }

    @Test func aDatabaseWithoutALedgerIsSaidToBeOne() throws {
        let runner = try Runner()
        try runner.changeDatabase("other.db", "CREATE TABLE t (a)")
        for words in [
            ["balance", "ann"], ["history", "ann"], ["verify"], ["export"], ["charge", "ann", "1"], ["sweep"],
            ["balance", "ann"],
        ] {
            let outcome = try runner.run(["ledger"] + words + ["--database", "other.db"])
            #expect(outcome.exit == 65, "\(words)")
            #expect(outcome.errors.contains("holds no ledger"), "\(outcome.errors)")
        }
        #expect(try runner.run("ledger", "open", "ann", "--database", "other.db").exit == 0)
        #expect(try runner.run("ledger", "balance", "ann", "--database", "other.db").exit == 0)
    }

    @Test(arguments: [
        ("postgres://me:pw@host/db", "postgres://me@host/db"), ("postgres://host/db?password=pw", "postgres://host/db"),
        ("postgresql://me:p@w@host:1/db", "postgresql://me@host:1/db"),
        ("postgres://me:p/w@host/db", "postgres://me@host/db"),
        ("postgres://me:p?w@host/db", "postgres://…"), ("postgres://host/db?password=a@b", "postgres://…"),
        ("postgres://host:5432/db", "postgres://host:5432/db"),
    ])
    func urlsAreShownWithoutPasswords(url: String, shown: String) {
        #expect(LedgerPlace.withoutSecrets(url) == shown)
    }

    @Test func aSecondProcessIsRefused() throws {
        let runner = try LedgerCommandTests.prepared()
        let tool: URL = try #require(Runner.tool)
        let host = try HostProcess(
            [tool.path, "ledger", "serve", "--database", runner.path("ledger.db")], environment: [:],
            errors: runner.path("errors"))
        host.send(#"{"op":"balance","key":"q","acct":"ann"}"#)
        try #require(host.lines(within: 30_000)?.first?.contains("\"ok\":true") == true)
        let second = try runner.ledger(["charge", "ann", "1"])
        #expect(second.exit == 69)
        #expect(second.errors.contains("ledger.db"))
        #expect(second.errors.lowercased().contains("process"), "\(second.errors)")
        let serving = try runner.ledger(["serve"])
        #expect(serving.exit == 69)
        #expect(try runner.ledger(["balance", "ann"]).text.contains("100.00"))
        #expect(try runner.ledger(["verify"]).exit == 0)
        #expect(try runner.ledger(["backup", "copy.db"]).exit == 0)
        #expect(host.finish().exit == 0)
        #expect(try runner.ledger(["charge", "ann", "1"]).exit == 0)
    }

    @Test func aChangedRowIs12() throws {
        let runner = try LedgerCommandTests.prepared()
        try runner.changeDatabase(
            "ledger.db", "DROP TRIGGER ledger_txn_never_update; UPDATE ledger_txn SET amount = amount + 1 WHERE seq = 2"
        )
        let outcome = try runner.ledger(["verify"])
        #expect(outcome.exit == 12)
        #expect(outcome.text.contains("I10"), "\(outcome.text)")
        #expect(try runner.ledger(["verify", "--json"]).json()["sound"] as? Bool == false)
    }

    @Test func anAnchorNoticesACutTail() throws {
        let runner = try LedgerCommandTests.prepared()
        #expect(try runner.ledger(["backup", "before.db"]).exit == 0)
        #expect(try runner.ledger(["charge", "ann", "1"]).exit == 0)
        let anchor = try #require(try runner.ledger(["verify", "--json"]).json()["anchor"] as? String)
        #expect(try runner.ledger(["verify", "--anchor", anchor]).exit == 0)
        #expect(try runner.run("ledger", "verify", "--anchor", anchor, "--database", "before.db").exit == 12)
    }
}

extension Runner {
    /// Changes a database file behind everybody's back.
    func changeDatabase(_ name: String, _ statements: String) throws {
        let python = Process()
        python.executableURL = URL(filePath: "/usr/bin/env")
        let program = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2])"
        python.arguments = ["python3", "-c", program, path(name), statements]
        try python.run()
        python.waitUntilExit()
        try #require(python.terminationStatus == 0)
    }
}
