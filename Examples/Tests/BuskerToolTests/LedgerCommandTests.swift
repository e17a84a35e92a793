// busker ledger by hand: what it says, and with which code it ends.

import Foundation
import Testing

@Suite struct LedgerCommandTests {
    /// A runner whose folder holds a ledger with 100.00 credits of ann's.
    static func prepared() throws -> Runner {
        let runner = try Runner()
        for words in [
            ["open", "ann"], ["grant", "ann", "100", "--payment", "p1", "--cost", "5.00", "--currency", "USD"],
        ] {
            let outcome = try runner.ledger(words)
            try #require(outcome.exit == 0, "\(outcome.errors)")
        }
        return runner
    }

    @Test func creditIsGrantedSpentHeldAndGivenBack() throws {
        let runner = try Self.prepared()
        let charge = try runner.ledger(["charge", "ann", "12.5", "--job", "job-1", "--json"]).json()
        #expect(charge["amount"] as? String == "12.50")
        #expect(charge["posted"] as? String == "87.50")
        let hold = try runner.ledger(["hold", "ann", "50", "--for", "15m", "--json"]).json()
        let id = try #require(hold["hold"] as? String)
        #expect(hold["held"] as? String == "50.00")
        let capture = try runner.ledger(["capture", id, "20", "--json"]).json()
        #expect(capture["posted"] as? String == "67.50")
        #expect(capture["held"] as? String == "0.00")
        let transaction = try #require(charge["transaction"] as? String)
        let reverse = try runner.ledger(["reverse", transaction, "2.5", "--json"]).json()
        #expect(reverse["posted"] as? String == "70.00")
        let clawback = try runner.ledger(["clawback", "p1", "--reversed", "5", "--currency", "usd", "--json"]).json()
        #expect(clawback["amount"] as? String == "100.00")
        #expect(clawback["debt"] as? String == "30.00")
        let adjust = try runner.ledger(["adjust", "ann", "--by", "40", "--reason", "a gift", "--json"]).json()
        #expect(adjust["posted"] as? String == "10.00")
        #expect(adjust["debt"] as? String == "0.00")
        #expect(try runner.ledger(["verify"]).exit == 0)
    }

    @Test func creditMovesAndAnAccountCloses() throws {
        let runner = try Self.prepared()
        #expect(try runner.ledger(["open", "bob", "--unit", "credits:2"]).exit == 0)
        #expect(try runner.ledger(["transfer", "ann", "bob", "100"]).exit == 0)
        let balance = try runner.ledger(["balance", "bob", "--json"]).json()
        #expect(balance["available"] as? String == "100.00")
        #expect(try runner.ledger(["close", "bob"]).exit == 10)
        #expect(try runner.ledger(["close", "ann"]).text.contains("ann is closed"))
        #expect(try runner.ledger(["charge", "ann", "1"]).exit == 10)
    }

    @Test func aRefusalSaysTheFigures() throws {
        let runner = try Self.prepared()
        #expect(try runner.ledger(["hold", "ann", "95"]).exit == 0)
        let outcome = try runner.ledger(["charge", "ann", "30"])
        #expect(outcome.exit == 10)
        #expect(outcome.output.isEmpty)
        for figure in ["30.00", "5.00", "95.00"] { #expect(outcome.errors.contains(figure), "\(outcome.errors)") }
        let told = try runner.ledger(["charge", "ann", "30", "--json"])
        let error = try #require(try JSONSerialization.jsonObject(with: Data(told.errors.utf8)) as? [String: Any])
        #expect(error["code"] as? String == "insufficient")
        #expect(error["exit"] as? Int == 10)
        let figures = try #require(error["figures"] as? [String: String])
        #expect(figures["needed"] == "30.00" && figures["available"] == "5.00" && figures["held"] == "95.00")
    }

    @Test func aKeyHappensOnce() throws {
        let runner = try Self.prepared()
        let words = ["charge", "ann", "10", "--key", "job:1", "--json"]
        let first = try runner.ledger(words).json()
        let second = try runner.ledger(words).json()
        #expect(first["replayed"] as? Bool == false)
        #expect(second["replayed"] as? Bool == true)
        #expect(first["transaction"] as? String == second["transaction"] as? String)
        let other = try runner.ledger(["charge", "ann", "11", "--key", "job:1"])
        #expect(other.exit == 11)
        #expect(try runner.ledger(words.dropLast()).text.contains("happened before"))
    }

    @Test func aNewKeyIsShown() throws {
        let runner = try Self.prepared()
        let outcome = try runner.ledger(["charge", "ann", "1"])
        #expect(outcome.text.contains("key_0"))
    }

    @Test func namesMayBeOfAnyLetters() throws {
        let runner = try Runner()
        for name in ["안나", "αβγ", "🎹 piano", "e\u{301}tude"] {
            #expect(try runner.ledger(["open", name]).exit == 0)
            #expect(try runner.ledger(["grant", name, "1"]).exit == 0)
            #expect(try runner.ledger(["balance", name, "--json"]).json()["account"] as? String == name)
        }
        let bad = try runner.ledger(["open", "two\nlines"])
        #expect(bad.exit == 64)
        #expect(try runner.ledger(["open", "~issued"]).exit == 64)
    }

    @Test func historyComesInPages() throws {
        let runner = try Self.prepared()
        for _ in 0..<3 { #expect(try runner.ledger(["charge", "ann", "1", "--job", "j"]).exit == 0) }
        var sequences: [Int] = []
        var words = ["history", "ann", "--limit", "2", "--json"]
        while true {
            let page = try runner.ledger(words).json()
            sequences += (page["items"] as? [[String: Any]] ?? []).compactMap { $0["sequence"] as? Int }
            guard let next = page["next"] as? String else { break }
            words = ["history", "ann", "--limit", "2", "--json", "--after", next]
        }
        #expect(sequences == [5, 4, 3, 2, 1])
        let table = try runner.ledger(["history", "ann", "--kind", "charge"]).text.split(separator: "\n")
        #expect(table.count == 4)
        #expect(Set(table.map { $0.range(of: "txn_")?.lowerBound.utf16Offset(in: $0) }).count == 2)
        #expect(try runner.ledger(["history", "ann", "--after", "nonsense"]).exit == 64)
    }

    @Test func thePastCanBeAsked() throws {
        let runner = try Self.prepared()
        let then = try #require(try runner.ledger(["balance", "ann", "--json"]).json()["as_of"] as? String)
        #expect(try runner.ledger(["charge", "ann", "60"]).exit == 0)
        let past = try runner.ledger(["balance", "ann", "--as-of", then, "--json"]).json()
        #expect(past["posted"] as? String == "100.00")
        #expect(try runner.ledger(["balance", "ann", "--json"]).json()["posted"] as? String == "40.00")
    }

    @Test func historyIsExported() throws {
        let runner = try Self.prepared()
        #expect(try runner.ledger(["charge", "ann", "1", "--job", "=cmd|calc"]).exit == 0)
        let out = try runner.ledger(["export", "ann"])
        #expect(out.exit == 0)
        #expect(out.text.split(separator: "\r\n").count == 4)
        #expect(!out.text.contains(",=cmd"))
        #expect(try runner.ledger(["export", "-o", "all.csv"]).exit == 0)
        #expect(try runner.files().contains("all.csv"))
        #expect(try runner.ledger(["export", "-o", "no/such/folder.csv"]).exit == 73)
        #expect(try runner.ledger(["export", "nobody", "-o", "nobody.csv"]).exit == 10)
        #expect(try runner.files().filter { $0.hasPrefix("nobody") }.isEmpty)
    }

    @Test func abackupIsALedger() throws {
        let runner = try Self.prepared()
        #expect(try runner.ledger(["backup", "copy.db"]).exit == 0)
        #expect(try runner.ledger(["backup", "copy.db"]).exit == 73)
        let copy = try runner.run("ledger", "balance", "ann", "--database", "copy.db", "--json").json()
        #expect(copy["posted"] as? String == "100.00")
    }

    @Test func whatIsOverIsSwept() throws {
        let runner = try Self.prepared()
        #expect(try runner.ledger(["hold", "ann", "5", "--for", "1s"]).exit == 0)
        usleep(1_100_000)
        #expect(try runner.ledger(["balance", "ann", "--json"]).json()["held"] as? String == "0.00")
        #expect(try runner.ledger(["sweep", "--json"]).json()["ended"] as? Int == 1)
        #expect(try runner.ledger(["sweep", "--json"]).json()["ended"] as? Int == 0)
    }

    @Test func theDatabaseMayBeNamedInTheEnvironment() throws {
        let runner = try Self.prepared()
        let outcome = try runner.run(["ledger", "balance", "ann"], environment: ["BUSKER_DATABASE": "ledger.db"])
        #expect(outcome.exit == 0)
        #expect(outcome.text.contains("100.00"))
        #expect(try runner.run("ledger", "balance", "ann").exit == 64)
    }
}

extension Runner {
    /// Runs a command on the ledger in the folder.
    func ledger(_ words: [String]) throws -> Outcome {
        try run(["ledger"] + words + ["--database", "ledger.db"])
    }
}
