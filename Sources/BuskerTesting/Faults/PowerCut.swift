// A disk under SQLite whose power a test can cut.

public import BuskerDatabase
import CPowerCut

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A folder whose databases lose what was not synced when the power is cut.
///
/// Open databases in it with ``database(limits:synchronous:checkpointPages:)``, set the moment of the cut, let callers write until the disk is
/// gone, close, and look at what is left with ``remains(in:fate:seed:)``.
@safe public final class PowerCut {
    /// What becomes of writes that were not synced.
    public enum Fate: String, Sendable, CaseIterable {
        /// All of them are lost.
        case drop
        /// Some of them are there, whole or in part.
        case tear
        /// All of them are there, as after the end of a process.
        case keep
    }

    /// The file layer could not be set up, or what is left could not be written.
    public struct Failure: Error {}

    private let disk: OpaquePointer
    private let folder: String

    /// Watches a folder that exists.
    public init(folder: String) throws {
        guard let whole = unsafe realpath(folder, nil) else { throw Failure() }
        defer { unsafe free(whole) }
        guard let disk = unsafe power_open(whole) else { throw Failure() }
        unsafe self.disk = disk
        self.folder = folder
    }

    deinit { unsafe power_close(disk) }

    /// Opens a database on the disk; `change` may weaken how it is set up.
    public func database(
        limits: DatabaseLimits = DatabaseLimits(), synchronous: String = "FULL", checkpointPages: Int = 1000
    ) throws -> SQLiteDatabase {
        var setup = SQLiteSetup()
        setup.fileLayer = unsafe power_layer().map { unsafe String(cString: $0) }
        setup.synchronous = synchronous
        setup.checkpointPages = checkpointPages
        return try SQLiteDatabase(path: folder + "/test.sqlite", limits: limits, setup: setup)
    }

    /// Cuts the power after so many more writes, truncations and syncs.
    public func cut(after operations: Int) { unsafe power_cut_after(disk, Int64(operations)) }

    /// Lets the next syncs fail.
    public func failSyncs(_ count: Int) { unsafe power_fail_syncs(disk, Int64(count)) }

    /// Whether the power has gone.
    public var isCut: Bool { unsafe power_is_cut(disk) }

    /// How many writes, truncations and syncs there were.
    public var operations: Int { Int(unsafe power_operations(disk)) }

    /// Writes what is left into a folder that exists, and returns the path of the database there.
    public func remains(in folder: String, fate: Fate, seed: UInt64) throws -> String {
        let code =
            switch fate {
            case .drop: POWER_DROP
            case .tear: POWER_TEAR
            case .keep: POWER_KEEP
            }
        guard unsafe power_restore(disk, folder, code, seed) else { throw Failure() }
        return folder + "/test.sqlite"
    }
}
