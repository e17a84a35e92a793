// Lists show an owner's files, all of them and nobody else's.

import BuskerCore
import BuskerDatabase
import BuskerStorage
import TestSupport
import Testing

@Suite struct FileListTests {
    private static func open(
        _ kind: DatabaseKind, _ body: @escaping @Sendable (Transaction) throws -> Void
    ) async throws {
        try await withDatabase(kind) { database in
            try await database.migrate(StorageSchema.migrations)
            try await database.write(body)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func pagesShowEveryFileOnceAndNoOtherOwners(kind: DatabaseKind) async throws {
        try await Self.open(kind) { tx in
            var mine: [FileID] = []
            for at in 0..<23 {
                let id = try insert(TestFile.make(owner: at % 2 == 0 ? "ann" : "bob"), in: tx)
                if at % 2 == 0 { mine.append(id) }
            }
            var seen: [FileID] = []
            var cursor: Cursor?
            repeat {
                let page = try FileStore.list(owner: "ann", page: PageRequest(after: cursor, limit: 5), in: tx)
                seen += page.items.map(\.id)
                cursor = page.next
            } while cursor != nil
            #expect(seen == mine.reversed())
            #expect(try FileStore.list(owner: "ann' OR '1'='1", in: tx).items.isEmpty)
            let strange = try Cursor(list: "other", after: mine[0])
            #expect(throws: StorageError(.badRequest, "")) {
                try FileStore.list(owner: "ann", page: PageRequest(after: strange), in: tx)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func filtersFindWhatTheySay(kind: DatabaseKind) async throws {
        try await Self.open(kind) { tx in
            let later = TestFile.start.advanced(by: .seconds(10))
            let song = try insert(TestFile.make(name: "My Song_100%.wav"), in: tx)
            let photo = try insert(TestFile.make(kind: "cover", name: "photo.png", type: "image/png"), in: tx)
            let text = try insert(TestFile.make(name: "50!x.pdf", type: "audiobook/x", created: later), in: tx)
            let wait = try insert(TestFile.make(name: "wait", state: .scanning), in: tx)
            let gone = try insert(TestFile.make(name: "gone", state: .gone), in: tx)
            let deleted = try insert(TestFile.make(name: "deleted"), in: tx)
            try FileStore.delete(deleted, at: later, in: tx)
            try FileStore.attach(song, to: "job_1", in: tx)
            func found(_ filter: FileFilter) throws -> Set<FileID> {
                Set(try FileStore.list(owner: "ann", filter, in: tx).items.map(\.id))
            }
            #expect(try found(FileFilter()) == [song, photo, text, wait])
            #expect(try found(FileFilter(withDeleted: true)) == [song, photo, text, wait, deleted])
            #expect(try found(FileFilter(kinds: ["cover", "none"])) == [photo])
            #expect(try found(FileFilter(states: [.scanning, .gone])) == [wait, gone])
            #expect(try found(FileFilter(family: "audio")) == [song, wait])
            #expect(try found(FileFilter(family: "%")).isEmpty)
            #expect(try found(FileFilter(namePart: "SONG_1")) == [song])
            #expect(try found(FileFilter(namePart: "0%")) == [song])
            #expect(try found(FileFilter(namePart: "0!x")) == [text])
            #expect(try found(FileFilter(namePart: "_")) == [song])
            #expect(try found(FileFilter(namePart: "y\0 ")) == [song])
            #expect(try found(FileFilter(created: later..<later.advanced(by: .seconds(1)))) == [text])
            #expect(try found(FileFilter(subject: "job_1")) == [song])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func totalsAreSums(kind: DatabaseKind) async throws {
        try await Self.open(kind) { tx in
            try insert(TestFile.make(size: 1 << 40), in: tx)
            try insert(TestFile.make(size: 1 << 40), in: tx)
            try insert(TestFile.make(kind: "stem", size: 5, state: .received), in: tx)
            try insert(TestFile.make(owner: "bob", size: 7), in: tx)
            try insert(TestFile.make(state: .gone), in: tx)
            let mine = try FileStore.totals(owner: "ann", in: tx)
            #expect(mine.map(\.kind) == ["stem", "upload"] && mine.map(\.bytes) == [5, 2 << 40])
            #expect(mine.map(\.files) == [1, 2] && mine.map(\.state) == [.received, .accepted])
            #expect(try FileStore.totals(owner: nil, in: tx).map(\.files) == [1, 3])
            #expect(try FileStore.totals(owner: "eve", in: tx).isEmpty)
        }
    }
}
