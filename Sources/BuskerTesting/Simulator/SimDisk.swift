// The disk of one life: a folder that goes on where the one before lost its power.

import BuskerDatabase
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A folder whose database loses what was not synced when the life ends.
final class SimDisk: Sendable {
    let folder: String
    private let power: Mutex<PowerCut>

    init(folder: String) throws {
        Self.make(folder)
        self.folder = folder
        power = Mutex(try PowerCut(folder: folder))
    }

    func database(_ sabotage: Sabotage?) throws -> SQLiteDatabase {
        let isWeak = sabotage == .normalDurability
        return try power.withLock {
            try $0.database(
                limits: DatabaseLimits(readers: 1), synchronous: isWeak ? "NORMAL" : "FULL", checkpointPages: 200)
        }
    }

    /// Ends the power after so many more operations.
    func cut(after operations: Int) { power.withLock { $0.cut(after: operations) } }
    func failSync() { power.withLock { $0.failSyncs(1) } }
    var isCut: Bool { power.withLock { $0.isCut } }

    /// The disk of the next life, with what is left of this one.
    func next(in folder: String, fate: PowerCut.Fate, seed: UInt64) throws -> SimDisk {
        Self.make(folder)
        _ = try power.withLock { try $0.remains(in: folder, fate: fate, seed: seed) }
        remove()
        return try SimDisk(folder: folder)
    }

    static func make(_ folder: String) { unsafe mkdir(folder, 0o700) }
    func remove() { Self.remove(folder) }

    /// Deletes a folder with everything in it.
    static func remove(_ path: String) {
        for name in names(in: path) {
            let inner = "\(path)/\(name)"
            if unsafe unlink(inner) != 0 { remove(inner) }
        }
        unsafe rmdir(path)
    }

    private static func names(in path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func send(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        guard let bytes = unsafe bytes else { return 0 }
        #if canImport(Glibc)
        return unsafe Glibc.write(descriptor, bytes, count)
        #else
        return unsafe Darwin.write(descriptor, bytes, count)
        #endif
    }

    /// Writes a small file.
    static func write(_ bytes: [UInt8], to path: String) -> Bool {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return unsafe bytes.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count) } == bytes.count
    }
}
