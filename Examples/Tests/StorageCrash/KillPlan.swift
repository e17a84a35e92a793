// Kills a worker and checks what it leaves.

import BuskerCore
import BuskerHTTP
import BuskerStorage
import Foundation

/// A promise that was broken.
struct KillFinding: Error, CustomStringConvertible {
    let description: String
}

/// What the kills came to.
struct KillReport {
    var (kills, deeds, open, read, leftovers) = (0, 0, 0, 0, 0)

    var words: String {
        """
        \(kills) kills: \(deeds) deeds were acknowledged and \(open) were not, \(read) objects were read back whole,
        \(leftovers) staged files were left behind and swept; nothing was lost, nothing half was seen
        """
    }
}

/// Kills one worker after another on the same stores.
struct KillPlan {
    private let worker: URL
    private let folder: URL
    private let seed: UInt64
    private let hasTiers: Bool
    private let places: Places
    /// What each key may hold: one thing, or several when nobody knows whether a deed was done.
    private var known: [String: Set<Deed>] = [:]
    private(set) var report = KillReport()

    init(worker: URL, folder: URL, seed: UInt64, hasTiers: Bool) throws {
        self.worker = worker
        self.folder = folder
        self.seed = seed
        self.hasTiers = hasTiers
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        places = try Places(folder, hasTiers: hasTiers)
    }

    /// Lets a worker work, kills it, checks everything and sweeps.
    mutating func kill(_ number: Int) async throws {
        var random = Seeded(seed: seed &+ UInt64(number))
        let lines = try run(number, after: Int.random(in: 1...60, using: &random), &random)
        report.kills += 1
        learn(lines)
        if number == 0 { try await places.create() }
        report.leftovers += try places.leftovers()
        try await check(number)
        try await places.sweep()
        let left = try places.leftovers()
        guard left == 0 else { throw KillFinding(description: "kill \(number): \(left) staged files stay.") }
        let parts = try await places.near.listMultiparts(prefix: "", after: nil, limit: 1).items
        guard parts.isEmpty else { throw KillFinding(description: "kill \(number): parts stay.") }
        if number % 5 == 4 { try await check(number) }
    }

    /// What a worker said before it was killed.
    private func run(_ number: Int, after count: Int, _ random: inout Seeded) throws -> [String] {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = worker
        process.arguments =
            ["work", "--folder", folder.path, "--seed", "\(seed &+ UInt64(number))"] + (hasTiers ? ["--tiers"] : [])
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        var (text, found) = (Data(), 0)
        while found < count {
            let some = pipe.fileHandleForReading.availableData
            guard !some.isEmpty else {
                process.waitUntilExit()
                throw KillFinding(description: "kill \(number): the worker ended by itself.")
            }
            text += some
            found += some.count { $0 == UInt8(ascii: "\n") }
        }
        usleep(UInt32.random(in: 0...4_000, using: &random))
        Foundation.kill(process.processIdentifier, SIGKILL)
        text += try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private mutating func learn(_ lines: [String]) {
        var open: [String: Deed] = [:]
        for line in lines {
            let words = line.split(separator: " ")
            guard let deed = Deed(words) else { continue }
            if words[0] == "begin" {
                open[deed.key] = deed
            } else {
                open[deed.key] = nil
                known[deed.key] = [deed]
                report.deeds += 1
            }
        }
        for deed in open.values {
            known[deed.key, default: [Deed(deed.key, nil)]].insert(deed)
            report.open += 1
        }
    }

    private mutating func check(_ number: Int) async throws {
        var listed: Set<String> = []
        var after: String?
        repeat {
            let page = try await places.store.list(ListRequest(after: after))
            listed.formUnion(page.objects.map(\.key.text).filter { !$0.hasPrefix("quarantine/") })
            after = page.next
        } while after != nil
        if let stranger = listed.first(where: { known[$0] == nil }) {
            throw KillFinding(description: "kill \(number): \(stranger) was never written.")
        }
        for (key, deeds) in known.sorted(by: { $0.key < $1.key }) {
            guard let found = try await read(key) else {
                guard deeds.contains(Deed(key, nil)), !listed.contains(key) else {
                    throw KillFinding(description: "kill \(number): \(key) is lost.")
                }
                known[key] = [Deed(key, nil)]
                continue
            }
            let fitting = deeds.filter { $0.content.map { Content.bytes($0[0], $0[1]) == found } ?? false }
            guard let deed = fitting.first, listed.contains(key) else {
                throw KillFinding(
                    description: "kill \(number): \(key) has \(found.count) bytes, not those of \(deeds).")
            }
            known[key] = [deed]
            report.read += 1
            try await repair(key, found, number)
        }
    }

    private func read(_ key: String) async throws -> [UInt8]? {
        do {
            return try await places.store.get(ObjectKey(key), GetOptions()).body.collect(upTo: 1 << 24)
        } catch let error as StorageError where error.code == .notFound {
            return nil
        }
    }

    /// Makes the copy that a kill kept from the far disk, as a host's worker would.
    private func repair(_ key: String, _ bytes: [UInt8], _ number: Int) async throws {
        guard let tiers = places.store as? TieredStore else { return }
        let file = TieredFile(
            key: try ObjectKey(key), size: Int64(bytes.count), sha256: ContentHash(of: bytes),
            row: TierStates(near: .present, far: .present))
        for tier in await tiers.rehash(file).repairs {
            if let failure = await tiers.repair(file.repair(of: tier)).failure {
                throw KillFinding(description: "kill \(number): \(key) cannot be repaired: \(failure.detail)")
            }
        }
        for store in [tiers.near, tiers.far] {
            guard case .present(let info) = await store.head(file.key), info.sha256 == file.sha256 else {
                throw KillFinding(description: "kill \(number): \(key) is not the same on both disks.")
            }
        }
    }
}
