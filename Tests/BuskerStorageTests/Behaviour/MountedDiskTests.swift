// A real small disk that fills up and is unmounted, where the test may mount one.

import BuskerHTTP
import BuskerStorage
import Foundation
import TestSupport
import Testing

/// Set BUSKER_TEST_MOUNT=1 where a test may mount a disk in memory, best in a mount namespace of its own.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["BUSKER_TEST_MOUNT"] == "1"))
struct MountedDiskTests {
    private func run(_ words: String...) throws {
        let ending = try Program.run(words)
        try #require(ending.status == 0, "\(words): \(ending)")
    }

    @Test func aDiskThatIsFullOrGoneSaysSo() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try run("mount", "-t", "tmpfs", "-o", "size=2m,nr_inodes=64", "none", folder.path)
        var isMounted = true
        defer { if isMounted { try? run("umount", "--lazy", folder.path) } }
        let store = try folder.store(LocalSettings(reserve: 0))
        try await store.create()
        let (first, second) = (try ObjectKey("first"), try ObjectKey("second"))
        let bytes = content(1_500_000)
        try await store.put(first, .cut(bytes, 10_000), PutOptions())
        for body in [HTTPBody.bytes(bytes), .cut(bytes, 10_000, announced: false)] {
            #expect(await failure { try await store.put(second, body, PutOptions()) } == .noSpace)
        }
        var guardless = LocalSettings(reserve: 0)
        guardless.freeBytes = { .max }
        let blind = try folder.store(guardless)
        #expect(await failure { try await blind.put(second, .cut(bytes, 10_000), PutOptions()) } == .noSpace)
        let upload = try await blind.beginMultipart(second, PutOptions())
        #expect(await failure { try await upload.put(part: 1, bytes) } == .noSpace)
        #expect(await store.lacks(second))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/staging") == [])
        #expect(try await store.bytes(first) == bytes)

        try run("umount", "--lazy", folder.path)
        isMounted = false
        #expect(await store.head(first) == .unknown(StorageError(.unavailable, "")))
        #expect(await store.head(second) == .unknown(StorageError(.unavailable, "")))
        #expect(await failure { try await store.put(second, .bytes([1]), PutOptions()) } == .unavailable)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }
}
