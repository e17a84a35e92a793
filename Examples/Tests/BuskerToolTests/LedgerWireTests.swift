// Every conversation that the document of the wire format shows takes place.

import Foundation
import Testing

@testable import ledger_crash

@Suite struct LedgerWireTests {
    /// The lines of the document's conversations, in order: what is sent, and what must come back.
    static let exchanges: [(request: String, answer: String)] = {
        let page = Runner.root.appending(path: "Documentation/LedgerWire.md")
        let text = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
        var found: [(String, String)] = []
        for part in text.components(separatedBy: "<!-- tested: LedgerWireTests -->\n```\n").dropFirst() {
            let lines = part.prefix { $0 != "`" }.split(separator: "\n").map(String.init)
            for at in stride(from: 0, to: lines.count - 1, by: 2) {
                found.append((String(lines[at].dropFirst(2)), String(lines[at + 1].dropFirst(2))))
            }
        }
        return found
    }()

    @Test func theDocumentShowsEveryOperation() {
        #expect(Self.exchanges.count > 15)
        for word in [
            "open", "grant", "charge", "hold", "capture", "release", "reverse", "clawback", "adjust", "balance",
        ] {
            #expect(Self.exchanges.contains { $0.request.hasPrefix("{\"op\":\"\(word)\"") })
        }
    }

    @Test func theConversationTakesPlace() throws {
        let runner = try Runner()
        let host = try LedgerServeTests.host(runner, "--manual-clock")
        for (request, expected) in Self.exchanges {
            let answer = try LedgerServeTests.answers(host, [request])[0]
            let pattern = try Crew.object(expected)
            #expect(Self.agrees(answer, pattern), "\(request)\n  document: \(expected)\n  program: \(answer)")
        }
        #expect(host.finish().exit == 0)
    }

    /// Whether a value is as the document shows it; `…` stands for any text.
    static func agrees(_ value: Any?, _ pattern: Any) -> Bool {
        switch (value, pattern) {
        case (let value as [String: Any], let pattern as [String: Any]):
            return value.keys.sorted() == pattern.keys.sorted()
                && pattern.allSatisfy { agrees(value[$0.key], $0.value) }
        case (let value as [Any], let pattern as [Any]):
            return value.count == pattern.count && zip(value, pattern).allSatisfy { agrees($0, $1) }
        case (let value as String, let pattern as String):
            return pattern.hasSuffix("…") ? value.hasPrefix(pattern.dropLast()) : value == pattern
        case (let value as NSNumber, let pattern as NSNumber): return value == pattern
        default: return false
        }
    }
}
