// What the killed process does, and what it says of it.

import BuskerCore
import BuskerHTTP
import BuskerStorage
import Foundation

/// One deed: what a key holds when it is done.
struct Deed: Hashable {
    let key: String
    /// The number and length of the content; nothing for a key that is deleted.
    let content: [Int]?

    /// Deeds as lines: `begin KEY NUMBER SIZE` before, `done …` after, and no numbers for a deletion.
    func line(_ word: String) -> String { ([word, key] + (content ?? []).map(String.init)).joined(separator: " ") }

    init(_ key: String, _ content: [Int]?) {
        self.key = key
        self.content = content
    }

    init?(_ words: [Substring]) {
        guard words.count == 2 || words.count == 4 else { return nil }
        key = String(words[1])
        content = words.count == 4 ? words[2...].compactMap { Int($0) } : nil
    }
}

/// Writes objects for ever, two at a time.
struct Worker {
    private let store: any ObjectStore
    private let seed: UInt64

    init(_ store: any ObjectStore, seed: UInt64) {
        self.store = store
        self.seed = seed
    }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<2 { group.addTask { try await self.work(lane) } }
            try await group.waitForAll()
        }
    }

    private func work(_ lane: Int) async throws {
        var random = Seeded(seed: seed &* 2 &+ UInt64(lane))
        var number = Int(seed % 1_000_000) * 2_000 + lane * 1_000
        var made: [Deed] = []
        while true {
            number += 1
            let size = Int.random(in: 0...(Bool.random(using: &random) ? 5_000 : 900_000), using: &random)
            let deed: Deed
            switch Int.random(in: 0..<10, using: &random) {
            case 0, 1: deed = Deed("lane\(lane)/written-over-\(Int.random(in: 0..<3, using: &random))", [number, size])
            case 2 where made.count > 3:
                let old = made.removeFirst()
                deed = Deed(old.key, nil)
            case 3 where !made.isEmpty:
                let source = made[made.count - 1]
                try await copy(source, to: Deed("lane\(lane)/copy-\(number)", source.content))
                continue
            case 4:
                try await parts(Deed("lane\(lane)/parts-\(number)", [number, max(size, 2)]))
                continue
            default:
                deed = Deed("lane\(lane)/object-\(number)", [number, size])
                made.append(deed)
            }
            try await told(deed) {
                let key = try ObjectKey(deed.key)
                if let content = deed.content {
                    try await store.put(key, .bytes(Content.bytes(content[0], content[1])), PutOptions())
                } else if let failure = try await store.delete([key]).first?.failure {
                    throw failure
                }
            }
        }
    }

    private func copy(_ source: Deed, to target: Deed) async throws {
        try await told(target) {
            _ = try await store.copy(ObjectKey(source.key), to: ObjectKey(target.key), mode: .create)
        }
    }

    private func parts(_ deed: Deed) async throws {
        guard let content = deed.content else { return }
        let bytes = Content.bytes(content[0], content[1])
        try await told(deed) {
            let upload = try await store.beginMultipart(ObjectKey(deed.key), PutOptions(mode: .create))
            let first = try await upload.put(part: 1, Array(bytes[..<(bytes.count / 2)]))
            let second = try await upload.put(part: 2, Array(bytes[(bytes.count / 2)...]))
            _ = try await upload.complete([first, second])
        }
    }

    private func told(_ deed: Deed, _ body: () async throws -> Void) async throws {
        Self.say(deed.line("begin"))
        try await body()
        Self.say(deed.line("done"))
    }

    private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
