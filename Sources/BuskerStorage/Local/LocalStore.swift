// A store in a folder of a disk.

public import BuskerCore
import BuskerHTTP
import Synchronization

/// A store in a folder of a disk, which several processes of one machine may share.
///
/// An object is written into a staged file, brought to the disk and put in its place in one step; a file that `create` writes is
/// linked, so that of two writers one fails. A disk that is not mounted makes `head` answer `unknown`, never `absent`, because
/// the folder must hold the proof that ``create()`` wrote. No symbolic link is followed below the folder, and no byte of a key
/// reaches a path unescaped. Blocking calls run on ``FileThreads``.
public final class LocalStore: ObjectStore {
    /// What the store can do; everything but addresses.
    public let capabilities: StoreCapabilities
    let disk: LocalDisk
    let threads: FileThreads
    let clock: any WallClock
    private let random: Mutex<any RandomNumberGenerator & Sendable>

    var settings: LocalSettings { disk.settings }

    /// Names a store; the disk is not touched.
    ///
    /// - Parameters:
    ///   - root: the folder, made by the host; a symbolic link is followed here only.
    ///   - id: the name of the store, 1 to 64 of `a-z`, `0-9` and `-`; a disk with another name is refused.
    ///   - settings: how the store behaves.
    ///   - threads: where blocking calls run.
    ///   - clock: says when objects were written.
    ///   - random: makes names of staged files and entity tags; must not repeat itself.
    /// - Throws: ``StorageError`` with `badAddress` for another id.
    public init(
        root: String, id: String, settings: LocalSettings = LocalSettings(), threads: FileThreads = .shared,
        clock: some WallClock = SystemClock(), random: some RandomNumberGenerator & Sendable = SystemRandom()
    ) throws(StorageError) {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789-".utf8)
        guard (1...64).contains(id.utf8.count), id.utf8.allSatisfy(letters.contains) else {
            throw StorageError(.badAddress, "The name of a store is 1 to 64 of a-z, 0-9 and -.")
        }
        disk = LocalDisk(root: root, id: id, settings: settings)
        self.threads = threads
        self.clock = clock
        self.random = Mutex(random)
        capabilities = StoreCapabilities(
            presigns: false, multipart: true, replacesAtomically: true, copiesAtomically: true,
            objectBytesMax: settings.objectBytesMax)
    }

    /// Makes the store in its folder, which must be empty; does nothing when it is there already.
    ///
    /// Call it once when the store is set up, never at every start: on an unmounted disk it would make a second store.
    /// - Throws: ``StorageError`` with `badState` when the folder holds something else, `unavailable` when it holds another store.
    public func create() async throws(StorageError) {
        let disk = disk
        try await threads.run { () throws(StorageError) in try disk.create() }
    }

    /// Reads an object, or a range of it.
    public func get(_ key: ObjectKey, _ options: GetOptions) async throws(StorageError) -> ObjectContent {
        try StorageError.checkCancellation()
        let (disk, most) = (disk, Int64(settings.pieceBytes))
        let (info, range, file, small) = try await threads.run {
            () throws(StorageError) -> (ObjectInfo, Range<Int64>, Descriptor, [UInt8]?) in
            guard let file = try disk.parent(of: LocalPath(key))?.file(LocalPath(key).file) else { throw Self.missing }
            let info = try ObjectFooter.read(file, of: key)
            let range = try options.check(info)
            guard range.upperBound - range.lowerBound <= most else { return (info, range, file, nil) }
            return (info, range, file, try file.readAll(range))
        }
        if let small { return ObjectContent(info: info, range: range, body: .bytes(small)) }
        let pieces = LocalPieces(file: file, range: range, size: settings.pieceBytes, threads: threads)
        return ObjectContent(
            info: info, range: range, body: .pieces(pieces, length: range.upperBound - range.lowerBound))
    }

    /// What is known of an object.
    public func head(_ key: ObjectKey) async -> ObjectPresence {
        guard !Task.isCancelled else { return .unknown(.cancellation) }
        let disk = disk
        do {
            let info = try await threads.run { () throws(StorageError) in try disk.info(key) }
            return info.map { .present($0) } ?? .absent
        } catch {
            return .unknown(error)
        }
    }

    /// Deletes objects, at most 1000.
    public func delete(_ keys: [ObjectKey]) async throws(StorageError) -> [ObjectDeletion] {
        try Self.check(deletions: keys)
        try StorageError.checkCancellation()
        let disk = disk
        return try await threads.run { () throws(StorageError) in
            _ = try disk.open()
            return keys.map { key in
                do throws(StorageError) {
                    try disk.delete(key)
                    return ObjectDeletion(key: key)
                } catch {
                    return ObjectDeletion(key: key, failure: error)
                }
            }
        }
    }

    /// A store on a disk has no addresses: fails with `unsupported`.
    public func presign(
        _ verb: PresignVerb, _ key: ObjectKey, _ options: PresignOptions
    ) throws(StorageError) -> PresignedRequest {
        throw StorageError(.unsupported, "A store on a disk has no addresses to sign; serve its objects yourself.")
    }

    /// The bytes that are free on the disk beyond the reserve, or nothing when the system does not say.
    ///
    /// - Throws: ``StorageError`` with `unavailable` when the disk is not there.
    public func freeBytes() async throws(StorageError) -> Int64? {
        let disk = disk
        return try await threads.run { () throws(StorageError) in
            let folder = try disk.open()
            let free = disk.settings.freeBytes?() ?? folder.freeBytes()
            return free.map { max(0, $0 - disk.settings.reserve) }
        }
    }

    /// 32 hexadecimal digits that no other call gets.
    func freshName() -> String {
        random.withLock { random in
            Hexadecimal.text((0..<16).map { _ in UInt8(truncatingIfNeeded: random.next() >> 56) })
        }
    }

    static let missing = StorageError(.notFound, "There is no object of that key.")
}

extension LocalDisk {
    /// What is known of an object; nothing when it is certainly not there.
    func info(_ key: ObjectKey) throws(StorageError) -> ObjectInfo? {
        let path = LocalPath(key)
        guard let file = try parent(of: path)?.file(path.file) else { return nil }
        return try ObjectFooter.read(file, of: key)
    }

    /// Takes an object away, and the folders that it leaves empty.
    func delete(_ key: ObjectKey) throws(StorageError) {
        let path = LocalPath(key)
        guard let folder = try parent(of: path) else { return }
        let lock = try lock(key)
        try withExtendedLifetime(lock) { () throws(StorageError) in
            guard try folder.remove(path.file) == .done else { return }
            try sync(folder)
        }
        try? prune(path)
    }
}
