// busker ledger serve: many requests at once, bad lines, the end.

import Foundation
import Testing

@testable import busker
@testable import ledger_crash

@Suite struct LedgerServeTests {
    /// A host on a database in the runner's folder, with an open account.
    static func host(_ runner: Runner, _ options: String...) throws -> HostProcess {
        let tool: URL = try #require(Runner.tool)
        return try HostProcess(
            [tool.path, "ledger", "serve", "--database", runner.path("ledger.db")] + options, environment: [:],
            errors: runner.path("errors"))
    }

    /// Sends lines and reads as many answers.
    static func answers(_ host: HostProcess, _ lines: [String]) throws -> [[String: Any]] {
        for line in lines { host.send(line) }
        var found: [[String: Any]] = []
        while found.count < lines.count, let more = host.lines(within: 30_000) {
            try #require(!more.isEmpty, "no answer within 30 seconds")
            found += try more.map { try Crew.object($0) }
        }
        return found
    }

    @Test func manyRequestsAreUnderWayAtOnce() throws {
        let runner = try Runner()
        let host = try Self.host(runner)
        _ = try Self.answers(host, [#"{"op":"open","key":"o","acct":"a","unit":"credits:2"}"#])
        _ = try Self.answers(host, [#"{"op":"grant","key":"g","acct":"a","amount":1000}"#])
        let charges = (0..<300).map { #"{"op":"charge","key":"c\#($0)","acct":"a","amount":10}"# }
        let answers = try Self.answers(host, charges)
        #expect(Set(answers.compactMap { $0["key"] as? String }).count == 300)
        #expect(answers.count { $0["ok"] as? Bool == true } == 100)
        #expect(answers.count { $0["err"] as? String == "insufficient" } == 200)
        #expect(host.finish().exit == 0)
    }

    @Test func badLinesAreAnsweredAndEndNothing() throws {
        let runner = try Runner()
        let host = try Self.host(runner)
        let bad = [
            "", "{", "[]", "null", "17", "\"text\"", "{}", #"{"op":"charge"}"#, #"{"key":"k"}"#, #"{"op":7,"key":"k"}"#,
            #"{"op":"fly","key":"k"}"#, #"{"op":"charge","key":"","acct":"a","amount":1}"#,
            #"{"op":"charge","key":"k","acct":"a","amount":"1"}"#,
            #"{"op":"charge","key":"k","acct":"a","amount":1.5}"#,
            #"{"op":"charge","key":"k","acct":"a","amount":9223372036854775808}"#,
            #"{"op":"charge","key":"k","acct":"a","amount":true}"#,
            #"{"op":"charge","key":"k","acct":"a","amount":1,"x":2}"#,
            #"{"op":"charge","key":"k","acct":"","amount":1}"#,
            #"{"op":"charge","key":"k","acct":"nobody","amount":1}"#,
            #"{"op":"charge","key":"k","acct":"~issued.paid:credits","amount":1}"#,
            #"{"op":"open","key":"k","acct":"a","unit":"credits:99"}"#, #"{"op":"capture","key":"k","amount":1}"#,
            #"{"op":"capture","key":"k","amount":1,"hold":"hold_x"}"#, #"{"op":"release","key":"k","holdKey":"none"}"#,
            #"{"op":"reverse","key":"k","of":"txn_x"}"#, #"{"op":"clock","key":"k","advanceMs":1}"#,
            #"{"op":"grant","key":"k","acct":"a","amount":1,"expiresAt":"soon"}"#,
            #"{"op":"clawback","key":"k","payment":"p","cumulative":1,"currency":"ZZZ"}"#,
            #"{"op":"history","key":"k","acct":"a","after":"x"}"#,
            #"{"op":"charge","key":"\#(String(repeating: "k", count: 201))","acct":"a","amount":1}"#,
            String(repeating: "[", count: 30_000), String(repeating: "x", count: 70_000),
            #"{"op":"charge","key":"\ud800","acct":"a","amount":1}"#,
            #"{"op":"charge","key":"k","acct":"a","amount":1,"amount":2}"#,
            #"{"op":"charge","op":"balance","key":"k","acct":"a"}"#,
            #"{"op":"charge","key":"k","acct":"a","amount":1,}"#,
            #"{"op":"charge","key":"k","acct":"a","amount":1,"notes":{"n":1}}"#,
            #"{"op":"capture","key":"k","holdKey":"none","amount":null}"#,
            #"{"op":"clawback","key":"k","payment":"p","cumulative":null,"currency":"USD"}"#,
        ]
        let sent = bad.filter { !$0.isEmpty }
        let answers = try Self.answers(host, sent)
        for answer in answers { #expect(answer["err"] is String, "\(answer)") }
        #expect(answers.count { $0["err"] as? String == "tooLong" } == 1)
        #expect(try Self.answers(host, [#"{"op":"open","key":"o","acct":"a","unit":"USD"}"#])[0]["ok"] as? Bool == true)
        #expect(host.finish().exit == 0)
    }

    @Test func nullIsAMissingField() throws {
        func problem(_ line: String) throws -> String {
            let error = #expect(throws: WireError.self) { try WireRequest(Array(line.utf8)) }
            return try #require(error).detail
        }
        #expect(
            try problem(#"{"op":"clawback","key":"k","payment":"p","cumulative":null,"currency":"USD"}"#)
                == "clawback needs the field cumulative.")
        #expect(
            try problem(#"{"op":"capture","key":"k","hold":"h","amount":null}"#) == "capture needs the field amount.")
        #expect(try problem(#"{"op":"charge","key":"k","key":"l"}"#) == "The line uses a name twice.")
        #expect(
            try problem(#"{"op":"charge","key":"k","acct":"a","amount":9223372036854775808}"#)
                == "The field amount is not a whole number of 64 bits, such as 4900.")
        let read = try WireRequest(Array(#"{"op":"reverse","key":"k","of":"t","amount":null,"job":null}"#.utf8))
        #expect(read.fields.amount == nil && read.fields.job == nil && read.fields.of == "t")
    }

    @Test func accountsThatLookAlikeKeepTheirUnits() throws {
        let runner = try Runner()
        let host = try Self.host(runner)
        let names = ["\u{e9}", "e\u{301}"]
        for (at, unit) in ["credits:2", "USD"].enumerated() {
            for line in [
                #"{"op":"open","key":"o\#(at)","acct":"\#(names[at])","unit":"\#(unit)"}"#,
                #"{"op":"grant","key":"g\#(at)","acct":"\#(names[at])","amount":5}"#,
            ] {
                let answer = try Self.answers(host, [line])[0]
                #expect(answer["ok"] as? Bool == true, "\(answer)")
            }
        }
        #expect(host.finish().exit == 0)
    }

    @Test func bytesThatAreNotUTF8AreAnswered() throws {
        let runner = try Runner()
        let input = runner.folder.appending(path: "in")
        let broken: [UInt8] = Array(#"{"op":"balance","key":""#.utf8) + [0xFF, 0xFE] + Array("\"}\n".utf8)
        try Data(broken + Array("last line without an end".utf8)).write(to: input)
        let outcome = try runner.run("ledger", "serve", "--database", "ledger.db", reading: input.path)
        #expect(outcome.exit == 0)
        #expect(outcome.text.split(separator: "\n").count == 2)
        #expect(outcome.text.contains("not UTF-8"))
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func aSignalLetsWhatIsUnderWayFinish(signal: Int32) throws {
        let runner = try Runner()
        let host = try Self.host(runner)
        _ = try Self.answers(host, [#"{"op":"open","key":"o","acct":"a","unit":"credits:0"}"#])
        for number in 0..<50 { host.send(#"{"op":"grant","key":"g\#(number)","acct":"a","amount":1}"#) }
        var heard = 0
        while heard == 0, let lines = host.lines(within: 30_000) { heard += lines.count }
        host.signal(signal)
        let (last, exit) = host.finish()
        #expect(exit == 0)
        heard += last.count
        let balance = try runner.run("ledger", "balance", "a", "--database", "ledger.db", "--json").json()
        #expect(balance["posted"] as? String == "\(heard)", "answers and grants agree")
    }

    @Test func aReaderAnswersBesideTheWriterAndChangesNothing() throws {
        let runner = try Runner()
        let writer = try Self.host(runner)
        _ = try Self.answers(writer, [#"{"op":"open","key":"o","acct":"a","unit":"credits:0"}"#])
        let reader = try Self.host(runner, "--access", "read")
        let answers = try Self.answers(
            reader, [#"{"op":"balance","key":"q","acct":"a"}"#, #"{"op":"grant","key":"g","acct":"a","amount":1}"#])
        #expect(answers.contains { $0["ok"] as? Bool == true })
        #expect(answers.contains { $0["err"] as? String == "readOnly" })
        #expect(reader.finish().exit == 0)
        #expect(writer.finish().exit == 0)
    }

    @Test func aDumpTellsEveryRow() throws {
        let runner = try Runner()
        let host = try Self.host(runner, "--manual-clock")
        for line in [
            #"{"op":"open","key":"o","acct":"a\"\\\u0007é","unit":"credits:2"}"#,
            #"{"op":"open","key":"p","acct":"b","unit":"credits:2"}"#,
            #"{"op":"grant","key":"g","acct":"b","amount":100}"#, #"{"op":"hold","key":"h","acct":"b","amount":10}"#,
            #"{"op":"charge","key":"c","acct":"b","amount":500}"#,
        ] {
            _ = try Self.answers(host, [line])
        }
        let dump = try LedgerDump(host)
        #expect(dump.transactions.compactMap { $0[text: "key"] } == ["p", "g", "h"])
        #expect(dump.refusals.compactMap { $0[text: "code"] } == ["insufficient"])
        #expect(dump.holds.count == 1 && dump.allocs.count == 1 && dump.grants.count == 1)
        #expect(host.finish().exit == 0)
    }

    @Test func linesAreCutWhereTheyEnd() {
        var splitter = LineSplitter(bytesMax: 5)
        var lines: [String] = []
        func note(_ line: IncomingLine) {
            if case .line(let bytes) = line {
                lines.append(String(decoding: bytes, as: UTF8.self))
            } else {
                lines.append("!")
            }
        }
        for block in ["ab", "c\nde\r\n\n123456\n12345\nx"] { splitter.split(Array(block.utf8)[...], note) }
        if let rest = splitter.rest() { note(rest) }
        #expect(lines == ["abc", "de", "!", "12345", "x"])
    }
}
