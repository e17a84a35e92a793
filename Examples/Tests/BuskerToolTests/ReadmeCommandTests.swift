// Every command line that the README shows runs.

import Foundation
import Testing

@Suite struct ReadmeCommandTests {
    static let lines = block("<!-- tested: BuskerToolTests -->")
    static let ledgerLines = block("<!-- tested: BuskerToolTests, one after the other -->")

    private static func block(_ title: String) -> [String] {
        let text = (try? String(contentsOf: Runner.root.appending(path: "README.md"), encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let mark = lines.firstIndex(of: title) else { return [] }
        return Array(lines[(mark + 2)...].prefix { $0 != "```" })
    }

    @Test func theReadmeShowsEveryCommand() {
        for word in ["probe", "separate", "waveform", "resample", "loudness", "convert"] {
            #expect(Self.lines.contains { $0.hasPrefix("busker \(word) ") })
        }
    }

    @Test(arguments: lines)
    func theLineRuns(line: String) throws { try run(line) }

    @Test func theLedgersLinesRun() throws {
        for word in ["open", "grant", "charge", "capture", "clawback", "balance", "history", "verify", "export"] {
            #expect(Self.ledgerLines.contains { $0.hasPrefix("busker ledger \(word)") }, "\(word)")
        }
        let words = try run(Self.ledgerLines.joined(separator: "\n"))
        #expect(words.contains("available  70.25"), "\(words)")
        #expect(words.contains("every credit is accounted for"))
        #expect(words.contains(#""available":7025"#))
    }

    /// Runs lines of a shell, and returns what they said.
    @discardableResult
    private func run(_ lines: String) throws -> String {
        let runner = try Runner()
        try FileManager.default.copyItem(atPath: Runner.song, toPath: runner.path("song.flac"))
        let tool: URL = try #require(Runner.tool)
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/bash")
        shell.arguments = [
            "-c", "set -euo pipefail; PATH=\"$1:$PATH\"; cd \"$2\"; exec >words 2>&1; \(lines)", "shell",
        ]
        shell.arguments? += [tool.deletingLastPathComponent().path, runner.folder.path]
        try shell.run()
        shell.waitUntilExit()
        let words = try String(contentsOf: runner.folder.appending(path: "words"), encoding: .utf8)
        #expect(shell.terminationStatus == 0, "\(words)")
        return words
    }
}
