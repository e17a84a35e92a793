// What README and the pages on storage and retention show compiles, runs, and cannot drift away.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerRetention
import BuskerStorage
import Foundation
import TestSupport
import Testing

@Suite struct ReadmeTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The Swift blocks of the pages that are marked for this file.
    static let snippets: [[Substring]] = ["README.md", "Documentation/Storage.md", "Documentation/Retention.md"].flatMap
    {
        let text = (try? String(contentsOf: root.appending(path: $0), encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices
            .filter { lines[$0] == "```swift" && $0 > 0 && lines[$0 - 1] == "<!-- tested: BuskerRetentionTests -->" }
            .map { open in Array(lines[(open + 1)...].prefix { $0 != "```" }) }
    }

    @Test func thePagesHaveTheirSnippets() { #expect(Self.snippets.count >= 2) }

    @Test(arguments: snippets) func everyLineStandsInThisFile(snippet: [Substring]) throws {
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let own = source.split(separator: "\n").map { $0.drop { $0 == " " } }
        let wanted = snippet.map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
        let found = own.indices.contains { own[$0...].starts(with: wanted) }
        #expect(found && wanted.count >= 3, "\(snippet) does not stand in ReadmeTests.swift")
    }

    @Test func aSongComesInAndGoesWhenItsTimeIsUp() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "busker-readme-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let clock = ManualClock(Desk.start)
        let body = HTTPBody.bytes(Array("RIFF\u{24}\u{0}\u{0}\u{0}WAVEfmt ".utf8) + [UInt8](repeating: 0, count: 2_000))
        let scanner: (any VirusScanner)? = nil
        try await withDatabase(.sqliteMemory) { database in
            try await database.migrate(StorageSchema.migrations)
            let store = try LocalStore(root: folder, id: "main", settings: LocalSettings(reserve: 0))
            try await store.create()
            let desk = UploadDesk(database, store: store, scanner: scanner, clock: clock, timer: ContinuousClock())
            let request = UploadRequest(owner: "user:42", category: .audio, name: "song.wav", contentType: "audio/wav")
            let file = try await desk.upload(request, body)  // whole and accepted, or nothing of it stays
            let content = try await store.get(file.key, GetOptions(range: .bytes(0..<1024)))
            #expect(content.info.size == file.size && file.state == .accepted && file.name == "song.wav")
            let before = clock.now
            try await database.write { tx in try FileStore.touch(file.id, finished: before, in: tx) }

            let seoul = try #require(Zone(fixed: "+09:00"))
            let retention = Retention(database, clock: clock)
            try await retention.migrate()
            let policy = try ServicePolicies.stems(in: seoul)
            var deleted: [Int64] = []
            for days in [1, 20, 1, 10] as [Int64] {
                clock.advance(microseconds: us(days * day))
                var items = ListedItems()
                let plan = try await retention.plan(policy) { items.items.append($0) }  // changes nothing
                for item in items.items { tell(item.key, item.step, item.reason) }
                if plan.brakes.isEmpty {
                    let report = try await retention.apply(plan.id, policy, items: items, store: store)
                    deleted.append(report.counts.deleted)
                }
            }
            #expect(deleted.reduce(0, +) == 1)
            #expect(await store.head(file.key) == .absent)
        }
    }

    private func tell(_ key: String, _ step: RetentionStep, _ reason: String) { #expect(!reason.isEmpty) }
}
