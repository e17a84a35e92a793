// What only a store on a disk must show: foreign links, missing disks, full disks, damage, leftovers.

import BuskerCore
import BuskerHTTP
import BuskerStorage
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct LocalStoreTests {
    private func with(
        _ settings: LocalSettings = LocalSettings(reserve: 0, syncs: false),
        _ body: (LocalStore, TemporaryFolder) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let store = try folder.store(settings)
        try await store.create()
        try await body(store, folder)
    }

    /// Every file below a folder of the store.
    private func files(_ folder: TemporaryFolder, _ part: String) throws -> [String] {
        let all = try FileManager.default.subpathsOfDirectory(atPath: folder.path + "/" + part)
        return all.map { folder.path + "/" + part + "/" + $0 }.filter {
            (try? URL(filePath: $0).resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true
        }
    }

    private func object(_ folder: TemporaryFolder) throws -> URL {
        URL(filePath: try #require(try files(folder, "objects").first))
    }

    /// Ways to lose a disk.
    enum Loss: CaseIterable {
        case folderGone
        case folderEmpty
        case proofGone
        case otherStore
        case objectsGone
    }

    @Test(arguments: Loss.allCases)
    func aMissingDiskIsUnknownNeverAbsent(_ loss: Loss) async throws {
        try await with { store, folder in
            let key = try ObjectKey("a/b")
            try await store.put(key, .bytes([1]), PutOptions())
            let files = FileManager.default
            switch loss {
            case .folderGone, .folderEmpty:
                try files.removeItem(atPath: folder.path)
                if loss == .folderEmpty {
                    try files.createDirectory(atPath: folder.path, withIntermediateDirectories: false)
                }
            case .proofGone: try files.removeItem(atPath: folder.path + "/busker-store")
            case .otherStore:
                try Data("busker-store 1 other\n".utf8).write(to: URL(filePath: folder.path + "/busker-store"))
            case .objectsGone: try files.removeItem(atPath: folder.path + "/objects")
            }
            let absent = try ObjectKey("never")
            #expect(await store.head(key) == .unknown(StorageError(.unavailable, "")))
            #expect(await store.head(absent) == .unknown(StorageError(.unavailable, "")))
            #expect(await failure { try await store.put(key, .bytes([2]), PutOptions()) } == .unavailable)
            #expect(await failure { try await store.get(absent, GetOptions()) } == .unavailable)
            #expect(await failure { try await store.list(ListRequest()) } == .unavailable)
            if loss == .objectsGone {
                #expect(try await store.delete([key]).first?.failure?.code == .unavailable)
            } else {
                #expect(await failure { try await store.delete([key]) } == .unavailable)
                #expect(await failure { try await store.beginMultipart(key, PutOptions()) } == .unavailable)
            }
        }
    }

    @Test func aStoreIsMadeOnlyInAnEmptyFolder() async throws {
        try await with { store, folder in
            try await store.create()
            let other = try LocalStore(root: folder.path, id: "other")
            #expect(await failure { try await other.create() } == .unavailable)
            #expect(
                await failure { try await LocalStore(root: folder.path + "/none", id: "x").create() } == .unavailable)
        }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try Data("mine".utf8).write(to: URL(filePath: folder.path + "/letter"))
        #expect(await failure { try await folder.store().create() } == .badState)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["letter"])
        for id in ["", "A", "a/b", "..", String(repeating: "a", count: 65)] {
            #expect(throws: StorageError(.badAddress, "")) { try LocalStore(root: folder.path, id: id) }
        }
    }

    @Test func noLinkLeadsOutOfTheFolder() async throws {
        try await with { store, folder in
            let outside = try TemporaryFolder()
            defer { outside.remove() }
            let files = FileManager.default
            try Data("secret".utf8).write(to: URL(filePath: outside.path + "/file"))
            try files.createSymbolicLink(atPath: folder.path + "/objects/evil=", withDestinationPath: outside.path)
            try files.createSymbolicLink(
                atPath: folder.path + "/objects/file", withDestinationPath: outside.path + "/file")
            for text in ["evil/file", "evil/new", "file"] {
                let key = try ObjectKey(text)
                #expect(await store.head(key) == .unknown(StorageError(.badAnswer, "")), "\(text)")
                #expect(await failure { try await store.get(key, GetOptions()) } == .badAnswer, "\(text)")
            }
            #expect(
                await failure { try await store.put(try ObjectKey("evil/new"), .bytes([1]), PutOptions()) }
                    == .badAnswer)
            try await store.put(try ObjectKey("file"), .bytes([1]), PutOptions())
            #expect(try await store.delete([try ObjectKey("evil/file")]).first?.failure?.code == .badAnswer)
            #expect(try files.contentsOfDirectory(atPath: outside.path) == ["file"])
            #expect(try Data(contentsOf: URL(filePath: outside.path + "/file")) == Data("secret".utf8))
            #expect(try await store.bytes(try ObjectKey("file")) == [1], "the link was replaced, not followed")
        }
    }

    @Test func namesAreShortAndPlainAndStayInside() async throws {
        try await with { store, folder in
            let texts = [
                "..a/..b", String(repeating: "한", count: 341), String(repeating: "Z", count: 1024), "-rf", "~root/x",
                "a:b",
                ".git/config", String(repeating: "x", count: 80) + "." + "/y", String(repeating: "x", count: 80) + "..",
            ]
            for text in texts { try await store.put(try ObjectKey(text), .bytes([1]), PutOptions()) }
            let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path + "/objects")
            let plain = Set("abcdefghijklmnopqrstuvwxyz0123456789-_~.%=+")
            for name in names.flatMap({ $0.split(separator: "/") }) {
                #expect(name.utf8.count <= 255 && !name.hasPrefix(".") && name.allSatisfy(plain.contains))
            }
            #expect(try await store.keys().count == texts.count)
        }
    }

    @Test func whatIsFullSaysSoAndLeavesNothing() async throws {
        let free = Mutex<Int64>(10_000)
        var settings = LocalSettings(reserve: 4000, syncs: false, pieceBytes: 4096)
        settings.freeBytes = { free.withLock { $0 } }
        try await with(settings) { store, folder in
            let key = try ObjectKey("k")
            #expect(try await store.freeBytes() == 6000)
            #expect(await failure { try await store.put(key, .bytes(content(6001)), PutOptions()) } == .noSpace)
            try await store.put(key, .bytes(content(6000)), PutOptions())
            let (pieces, feed) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
            feed.yield(content(5000))
            let growing = HTTPBody.pieces(
                pieces.map { piece in
                    free.withLock { $0 = 3999 }
                    return piece
                }, length: nil)
            feed.finish()
            let other = try ObjectKey("other")
            #expect(await failure { try await store.put(other, growing, PutOptions()) } == .noSpace)
            #expect(await failure { try await store.put(key, .bytes([1]), PutOptions()) } == .noSpace)
            #expect(await store.lacks(other))
            #expect(try await store.bytes(key) == content(6000))
            #expect(try files(folder, "staging") == [])
            _ = try await store.delete([key])
            #expect(await store.lacks(key), "a full disk can be emptied")
        }
    }

    @Test func damageIsFoundAndNamed() async throws {
        try await with { store, folder in
            let key = try ObjectKey("song")
            try await store.put(key, .bytes(content(400_000)), PutOptions(contentType: "audio/wav"))
            let url = try object(folder)
            let whole = try Data(contentsOf: url)
            var flipped = whole
            flipped[400_020] ^= 1
            for damaged in [whole.dropLast(), whole.prefix(400_000), whole.prefix(10), Data(), flipped, whole + [0]] {
                try damaged.write(to: url)
                #expect(await store.head(key) == .unknown(StorageError(.badDigest, "")))
                #expect(await failure { try await store.get(key, GetOptions()) } == .badDigest)
                #expect(
                    await failure { try await store.copy(key, to: try ObjectKey("x"), mode: .create) } == .badDigest)
                #expect(try await store.list(ListRequest()).objects.map(\.entityTag) == ["\"damaged\""])
            }
            var content = whole
            content[1000] ^= 1
            try content.write(to: url)
            #expect(await failure { try await store.copy(key, to: try ObjectKey("x"), mode: .create) } == .badDigest)
            #expect(await store.lacks(try ObjectKey("x")))
            try whole.write(to: URL(filePath: folder.path + "/objects/other"))
            #expect(await store.head(try ObjectKey("other")) == .unknown(StorageError(.badDigest, "")))
            let reading = try await store.get(key, GetOptions())
            let handle = try FileHandle(forWritingTo: url)
            try handle.truncate(atOffset: 100_000)
            let end = await failure {
                for try await _ in try #require(reading.body.pieces) {}
            }
            #expect(end == .badAnswer)
            #expect(try files(folder, "staging") == [])
        }
    }

    @Test func leftoversAreSweptWhenTheyAreOld() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let clock = ManualClock()
        let store = try LocalStore(
            root: folder.path, id: "test", settings: LocalSettings(reserve: 0, syncs: false), clock: clock)
        try await store.create()
        let key = try ObjectKey("k")
        try await store.put(key, .bytes([1]), PutOptions())
        let upload = try await store.beginMultipart(key, PutOptions())
        _ = try await upload.put(part: 1, [1])
        let (endless, feed) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let writing = Task { try await store.put(key, .pieces(endless, length: nil), PutOptions()) }
        while try files(folder, "staging").isEmpty { await Task.yield() }
        try Data([1]).write(to: URL(filePath: folder.path + "/staging/letter"))
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/uploads").first)
        let orphan = folder.path + "/uploads/" + name.dropLast() + (name.hasSuffix("0") ? "1" : "0")
        try FileManager.default.createDirectory(atPath: orphan, withIntermediateDirectories: false)
        try Data([1]).write(to: URL(filePath: orphan + "/part-1"))

        #expect(try await store.sweepStaging(olderThan: .seconds(60)) == 0)
        clock.advance(microseconds: 60_000_000)
        #expect(try await store.sweepStaging(olderThan: .seconds(60)) == 2)
        #expect(try files(folder, "staging").map { URL(filePath: $0).lastPathComponent } == ["letter"])
        #expect(try await upload.parts().count == 1, "an upload that was begun is not a leftover")
        #expect(!FileManager.default.fileExists(atPath: orphan))
        feed.finish()
        #expect(await failure { try await writing.value } != nil, "what was swept cannot be put in its place")
        #expect(try await store.bytes(key) == [1])
    }

    @Test func storesOfTwoProcessesExcludeEachOther() async throws {
        try await with { store, folder in
            let second = try folder.store()
            let key = try ObjectKey("shared")
            for round in 0..<20 {
                let tag = try await store.put(key, .bytes([0]), PutOptions()).entityTag
                async let one = failure { try await store.put(key, .bytes([1]), PutOptions(mode: .replace(tag))) }
                async let two = failure { try await second.put(key, .bytes([2]), PutOptions(mode: .replace(tag))) }
                let codes = await [one, two]
                #expect(codes.filter { $0 == nil }.count == 1, "round \(round)")
                #expect(codes.contains(.precondition), "round \(round)")
            }
        }
    }

    @Test func foldersThatComeAndGoLoseNothing() async throws {
        try await with { store, folder in
            let keys = try (0..<4).map { try ObjectKey("deep/er/\($0)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (place, key) in keys.enumerated() {
                    group.addTask {
                        for round in 0..<40 {
                            try await store.put(key, .bytes([UInt8(round)]), PutOptions(mode: .create))
                            #expect(try await store.bytes(key) == [UInt8(round)], "writer \(place)")
                            let deletions = try await store.delete([key])
                            #expect(deletions == [ObjectDeletion(key: key)])
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/objects") == [])
        }
    }

    @Test func aPoolDoesAllItsWorkOnFewThreads() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let store = try LocalStore(
            root: folder.path, id: "test", settings: LocalSettings(reserve: 0), threads: FileThreads(count: 1))
        try await store.create()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask {
                    let key = try ObjectKey("k\(number)")
                    try await store.put(key, .cut(content(20_000, seed: number), 3000), PutOptions())
                    #expect(try await store.bytes(key) == content(20_000, seed: number))
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.keys().count == 50)
    }
}

extension HTTPBody {
    /// The pieces of a body that has some.
    var pieces: Pieces? {
        if case .pieces(let pieces, _) = storage { pieces } else { nil }
    }
}
