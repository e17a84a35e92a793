// The stores that one suite asks to keep the same promises.

import BuskerHTTP
import BuskerStorage
import Foundation
import Testing

/// A kind of store, and how the suite gets a fresh one of it.
struct StoreUnderTest: Sendable, CustomTestStringConvertible {
    /// What a server may lack although the seam promises it; our own stores lack nothing.
    struct Abilities: Sendable {
        /// `PutMode.replace` is understood.
        var replaces = true
        /// Of many writers who create one object at the same time only one succeeds.
        var createsOnce = true
        /// The mode of a copy is kept.
        var copyModes = true
        /// The order of parts is checked.
        var ordersParts = true
        /// The hash and the mode promised for an upload in parts are checked when it is completed.
        var checksCompletion = true
        /// Uploads that have not ended are listed, and an unknown one is told from a known one.
        var knowsUploads = true
        /// An upload that was completed is not known any more.
        var forgetsCompleted = true
        /// Many calls and many bytes cost little.
        var isFast = true
    }

    let name: String
    var abilities = Abilities()
    /// Makes an empty store.
    let make: @Sendable () async throws -> Opened

    /// A store of its own for one test.
    struct Opened: Sendable {
        let store: any ObjectStore
        /// The same bytes seen by a store that was made anew, as after a restart.
        let reopen: @Sendable () async throws -> any ObjectStore
        /// Takes everything away again.
        let close: @Sendable () async -> Void
    }

    var testDescription: String { name }

    /// Lends an empty store.
    func with(_ body: (any ObjectStore) async throws -> Void) async throws {
        try await withOpened { try await body($0.store) }
    }

    /// Lends an empty store that can be opened again.
    func withOpened(_ body: (Opened) async throws -> Void) async throws {
        let opened = try await make()
        do {
            try await body(opened)
        } catch {
            await opened.close()
            throw error
        }
        await opened.close()
    }

    /// Every store there is to test.
    static let all: [StoreUnderTest] = [memory, local] + servers

    static let memory = StoreUnderTest(name: "memory") {
        let store = MemoryStore()
        return Opened(store: store, reopen: { store }, close: {})
    }

    static let local = StoreUnderTest(name: "local") {
        let folder = try TemporaryFolder()
        let store = try folder.store()
        try await store.create()
        return Opened(store: store, reopen: { try folder.store() }, close: { folder.remove() })
    }
}

/// A folder that goes away with its test.
struct TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "busker-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
    }

    /// A store in the folder, as a process that has just begun sees it.
    func store(_ settings: LocalSettings = LocalSettings(reserve: 0, syncs: false)) throws -> LocalStore {
        try LocalStore(root: path, id: "test", settings: settings)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
