// The folders of a store on a disk, and the proof that they are those of this store.

import BuskerCore
import Synchronization

/// Opens the folders of a store anew for every call, so that a disk that was unmounted is noticed.
///
/// The folder of the store holds `busker-store` (the proof), `objects`, `staging` (what is being written), `uploads` (parts)
/// and `locks`. All calls may block.
struct LocalDisk: Sendable {
    let root: String
    let id: String
    let settings: LocalSettings

    /// The file that proves that a disk is mounted and the right one.
    static let proof = "busker-store"
    static let folders = ["objects", "staging", "uploads", "locks"]
    private var proofText: [UInt8] { Array("busker-store 1 \(id)\n".utf8) }

    /// The folder of the store, proven to be it.
    func open() throws(StorageError) -> Descriptor {
        let folder = try Descriptor.open(root: root)
        guard let proof = try folder.file(Self.proof) else {
            throw StorageError(
                .unavailable, "The folder holds no store; mount its disk, or make the store with `create`.")
        }
        guard try proof.read(at: 0, count: 256) == proofText else {
            throw StorageError(.unavailable, "The folder holds another store than \(id); mount the right disk.")
        }
        return folder
    }

    /// One of the folders of the store.
    func open(_ name: String) throws(StorageError) -> Descriptor {
        guard let folder = try open().folder(name) else {
            throw StorageError(.unavailable, "The folder \(name) of the store has gone; restore the disk.")
        }
        return folder
    }

    /// Makes the store in an empty folder; does nothing when it is there.
    func create() throws(StorageError) {
        let folder = try Descriptor.open(root: root)
        if try folder.file(Self.proof) == nil {
            var isEmpty = true
            try folder.eachName { name in
                if name != "lost+found", !Self.folders.contains(name) { isEmpty = false }
            }
            guard isEmpty else {
                throw StorageError(.badState, "The folder holds something else; give the store an empty folder.")
            }
            for name in Self.folders { try folder.makeFolder(name) }
            guard let staging = try folder.folder("staging") else { throw Self.gone }
            let name = "proof-\(id)"
            try staging.remove(name)
            let file = try staging.makeFile(name)
            try file.write(proofText, at: 0)
            try file.sync()
            _ = try staging.link(name, into: folder, as: Self.proof)
            try staging.remove(name)
            try folder.sync()
        }
        _ = try open()
    }

    /// Fails when so many bytes more would leave less than the reserve.
    func checkSpace(for bytes: Int64, _ folder: Descriptor) throws(StorageError) {
        guard let free = settings.freeBytes?() ?? folder.freeBytes() else { return }
        guard free >= settings.reserve, free - settings.reserve >= bytes else {
            throw StorageError(
                .noSpace, "The disk has too little room and keeps \(settings.reserve) bytes free; make room.")
        }
    }

    /// The last of the folders of a path; nothing when one of them is not there.
    func parent(of path: LocalPath, depth: Int? = nil) throws(StorageError) -> Descriptor? {
        var folder = try open("objects")
        for name in path.folders.prefix(depth ?? path.folders.count) {
            guard let next = try folder.folder(name) else { return nil }
            folder = next
        }
        return folder
    }

    /// The last of the folders of a path, made where they are missing; nothing when somebody took one away meanwhile.
    ///
    /// Every folder on the way is on the disk when this returns: who makes one excludes everybody who looks until it is there.
    func makeParent(of path: LocalPath) throws(StorageError) -> Descriptor? {
        if let folder = try look(for: path) { return folder }
        let making = try lock("folders", shared: false)
        return try withExtendedLifetime(making) { () throws(StorageError) -> Descriptor? in
            var folder = try open("objects")
            for name in path.folders {
                try folder.makeFolder(name)
                guard let next = try folder.folder(name) else { return nil }
                try sync(folder)
                folder = next
            }
            return folder
        }
    }

    /// The last of the folders of a path, when all of them are there and none of them has just been made.
    private func look(for path: LocalPath) throws(StorageError) -> Descriptor? {
        let looking = try lock("folders", shared: true)
        return try withExtendedLifetime(looking) { () throws(StorageError) in try parent(of: path) }
    }

    /// Takes away the folders of a path that have nothing in them any more.
    func prune(_ path: LocalPath) throws(StorageError) {
        for depth in stride(from: path.folders.count - 1, through: 0, by: -1) {
            guard let folder = try parent(of: path, depth: depth),
                try folder.remove(path.folders[depth], isFolder: true) == .done
            else { return }
        }
    }

    /// Waits for the disk, where the settings want it.
    func sync(_ file: Descriptor) throws(StorageError) {
        if settings.syncs { try file.sync() }
    }

    /// Holds everybody else off an object, in this process and others, until the answer is let go.
    func lock(_ key: ObjectKey) throws(StorageError) -> Descriptor {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in key.text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return try lock("lock-\(hash % 64)", shared: false)
    }

    private func lock(_ name: String, shared: Bool) throws(StorageError) -> Descriptor {
        let file = try open("locks").lockFile(name)
        try file.lock(shared: shared)
        return file
    }

    static let gone = StorageError(.unavailable, "A folder of the store went away meanwhile; is its disk mounted?")
}
