// A copy of the database in another file, made while writes go on.

import GRDBSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension SQLiteDatabase {
    /// Copies the database, as it is now, into a new file; writes go on meanwhile.
    ///
    /// The file appears under its name when it is whole and on the disk, or not at all. What is there already is never
    /// replaced. A copy that was interrupted by the end of the process leaves a file `<path>.XXXXXX` to be deleted.
    ///
    /// - Throws: ``DatabaseError`` with `storage` when the file exists or cannot be written; `failed` for a database in
    ///   memory.
    public func backUp(to path: String) async throws {
        guard isOnDisk else {
            throw DatabaseError(.failed, "A database in memory cannot be backed up: open one in a file.")
        }
        let target = try DatabaseFile(path, mustExist: false)
        try await inspect { connection in try SQLiteBackup(of: connection, to: target.path).run() }
    }
}

/// One copy under way.
struct SQLiteBackup {
    private let source: SQLiteConnection
    private let target: String

    init(of source: SQLiteConnection, to target: String) {
        self.source = source
        self.target = target
    }

    /// Makes the copy beside its place, forces it to the disk and gives it its name.
    func run() throws(DatabaseError) {
        var facts = stat()
        guard unsafe stat(target, &facts) != 0 else {
            throw DatabaseError(.storage, "\(target) exists: a backup replaces nothing. Choose another name.")
        }
        var name = Array((target + ".XXXXXX").utf8CString)
        let file = unsafe mkstemp(&name)
        guard file >= 0 else { throw failure("cannot be made") }
        let partial = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            close(file)
            unsafe unlink(partial)
        }
        try source.copy(to: partial)
        guard fsync(file) == 0 else { throw failure("cannot be forced to the disk") }
        guard unsafe link(partial, target) == 0 else { throw failure("cannot be named") }
        try syncFolder()
    }

    private func syncFolder() throws(DatabaseError) {
        let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "."
        let file = unsafe open(folder, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure("is written, but its folder cannot be opened") }
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure("is written, but its folder cannot be forced to the disk") }
    }

    private func failure(_ what: String) -> DatabaseError {
        DatabaseError(.storage, "The backup \(target) \(what) (\(FileLock.reason())): check folder and disk.")
    }
}

extension SQLiteConnection {
    /// Copies every page of the snapshot that this connection reads into an empty file.
    func copy(to path: String) throws(DatabaseError) {
        _ = try rows("SELECT count(*) FROM sqlite_schema")
        var target: OpaquePointer?
        defer { unsafe sqlite3_close_v2(target) }
        let opened = unsafe sqlite3_open_v2(path, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
        guard opened == SQLITE_OK, let target = unsafe target else { throw errors.make(opened, "no room for a backup") }
        unsafe sqlite3_exec(target, "PRAGMA journal_mode = OFF", nil, nil, nil)
        try unsafe copy(into: target)
    }
}
