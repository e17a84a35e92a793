// A prepared statement of SQLite and what is read from it.

import BuskerCore
import GRDBSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A prepared statement; it belongs to one connection and is used by one thread at a time.
@safe final class SQLiteStatement {
    /// Whether it is being stepped, so that nobody else may use it.
    private(set) var isRunning = false
    /// When it was last used, in the cache's count.
    var lastUse = 0
    /// Whether it changes nothing.
    let isReadOnly: Bool

    private static let much = 4096
    private let handle: OpaquePointer
    private let database: OpaquePointer
    private let order: [Int]
    private let valueCount: Int
    private var columns = ColumnNames([])
    private var preparations: Int32 = -1
    /// Whether a long value is bound, which must not stay in memory with the statement.
    private var holdsMuch = false
    private let copied = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    /// Prepares the one statement that `text` holds.
    init(_ text: String, on database: OpaquePointer, errors: SQLiteErrors) throws(DatabaseError) {
        var made: OpaquePointer?
        var isAlone = true
        let status = unsafe Array(text.utf8).withUnsafeBufferPointer { source in
            unsafe source.withMemoryRebound(to: CChar.self) { source in
                var tail: UnsafePointer<CChar>?
                let start = source.baseAddress
                let status = unsafe sqlite3_prepare_v3(
                    database, start, Int32(clamping: source.count), UInt32(SQLITE_PREPARE_PERSISTENT), &made, &tail)
                if let start = unsafe start, let tail = unsafe tail, status == SQLITE_OK {
                    let rest = unsafe source[(tail - start)...]
                    isAlone = unsafe Self.holdsNothing(UnsafeBufferPointer(rebasing: rest), on: database)
                }
                return status
            }
        }
        guard status == SQLITE_OK else { throw unsafe errors.make(status, on: database, statement: text) }
        guard let made = unsafe made else { throw errors.badStatement("The statement is empty.", text) }
        guard isAlone else {
            unsafe sqlite3_finalize(made)
            throw errors.badStatement("Give one statement at a time.", text)
        }
        unsafe (handle, self.database) = (made, database)
        isReadOnly = unsafe sqlite3_stmt_readonly(made) != 0
        guard let order = unsafe Self.order(of: made) else {
            unsafe sqlite3_finalize(made)
            throw errors.badStatement("Placeholders are written $1, $2, ….", text)
        }
        self.order = order
        valueCount = (order.max() ?? -1) + 1
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Whether the rest of a text has no statement in it.
    private static func holdsNothing(_ rest: UnsafeBufferPointer<CChar>, on database: OpaquePointer) -> Bool {
        guard !rest.isEmpty else { return true }
        var next: OpaquePointer?
        let status = unsafe sqlite3_prepare_v3(
            database, rest.baseAddress, Int32(clamping: rest.count), 0, &next, nil)
        unsafe sqlite3_finalize(next)
        return unsafe status == SQLITE_OK && next == nil
    }

    /// For each parameter of SQLite, in its own order, the position of its value.
    private static func order(of statement: OpaquePointer) -> [Int]? {
        var order: [Int] = []
        let count = unsafe sqlite3_bind_parameter_count(statement)
        guard count > 0 else { return order }
        for at in 1...count {
            guard let name = unsafe sqlite3_bind_parameter_name(statement, at),
                let number = unsafe Int(String(cString: name).dropFirst()), number >= 1
            else { return nil }
            order.append(number - 1)
        }
        return order
    }

    /// Binds the values and makes ready to step.
    func begin(_ values: [SQLValue], errors: SQLiteErrors) throws(DatabaseError) {
        guard values.count == valueCount else {
            throw errors.badStatement("The statement has \(valueCount) placeholders for \(values.count) values.", text)
        }
        isRunning = true
        for at in order.indices {
            let status = try bind(values[order[at]], at: Int32(at + 1))
            guard status == SQLITE_OK else {
                let error = unsafe errors.make(status, on: database, statement: text)
                end()
                throw error
            }
        }
    }

    private func bind(_ value: SQLValue, at: Int32) throws(DatabaseError) -> Int32 {
        switch value {
        case .integer(let number): return unsafe sqlite3_bind_int64(handle, at, number)
        case .null: return unsafe sqlite3_bind_null(handle, at)
        case .real(let number):
            guard !number.isNaN else {
                end()
                throw DatabaseError(.typeMismatch, "A value that is not a number (NaN) cannot be stored.")
            }
            return unsafe sqlite3_bind_double(handle, at, number)
        case .bytes(let bytes):
            guard !bytes.isEmpty else { return unsafe sqlite3_bind_zeroblob(handle, at, 0) }
            if bytes.count > Self.much { holdsMuch = true }
            return unsafe bytes.withUnsafeBytes {
                unsafe sqlite3_bind_blob64(handle, at, $0.baseAddress, UInt64($0.count), copied)
            }
        case .text(var text):
            if text.utf8.count > Self.much { holdsMuch = true }
            let status = text.withUTF8 { utf8 -> Int32? in
                guard let base = utf8.baseAddress, !utf8.isEmpty else {
                    return unsafe sqlite3_bind_text64(handle, at, "", 0, copied, UInt8(SQLITE_UTF8))
                }
                guard unsafe memchr(base, 0, utf8.count) == nil else { return nil }
                return unsafe base.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
                    unsafe sqlite3_bind_text64(handle, at, $0, UInt64(utf8.count), copied, UInt8(SQLITE_UTF8))
                }
            }
            guard let status else {
                end()
                throw DatabaseError(.typeMismatch, "Text that holds a NUL byte cannot be stored; store it as bytes.")
            }
            return status
        }
    }

    /// Moves to the next row; false when there is none.
    @inline(__always)
    func step(errors: SQLiteErrors) throws(DatabaseError) -> Bool {
        let status = unsafe sqlite3_step(handle)
        if status == SQLITE_ROW { return true }
        if status == SQLITE_DONE { return false }
        throw unsafe errors.make(status, on: database, statement: text)
    }

    /// Goes back to the start, so that another run may begin without binding anew what stays.
    func rewind() { unsafe sqlite3_reset(handle) }

    /// Lets go of locks; the statement can be used again.
    func end() {
        unsafe sqlite3_reset(handle)
        if holdsMuch {
            unsafe sqlite3_clear_bindings(handle)
            holdsMuch = false
        }
        isRunning = false
    }

    /// The text as it was prepared.
    var text: String {
        guard let text = unsafe sqlite3_sql(handle) else { return "" }
        return unsafe String(cString: text)
    }

    /// Looks whether the columns changed with the tables since the last run; called at its first row.
    func refreshColumns() {
        let now = unsafe sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_REPREPARE, 0)
        guard now != preparations else { return }
        preparations = now
        let count = unsafe sqlite3_column_count(handle)
        columns = ColumnNames(
            (0..<count).map { at in
                guard let name = unsafe sqlite3_column_name(handle, at) else { return "" }
                return unsafe String(cString: name)
            })
    }

    /// The row that the last step moved to.
    func row() -> Row {
        let count = columns.names.count
        var values: [SQLValue] = []
        values.reserveCapacity(count)
        for at in 0..<Int32(truncatingIfNeeded: count) { values.append(value(at)) }
        return Row(values: values, columns: columns)
    }

    private func value(_ at: Int32) -> SQLValue {
        switch unsafe sqlite3_column_type(handle, at) {
        case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(handle, at))
        case SQLITE_FLOAT: return .real(unsafe sqlite3_column_double(handle, at))
        case SQLITE_TEXT:
            guard let start = unsafe sqlite3_column_text(handle, at) else { return .text("") }
            let count = Int(unsafe sqlite3_column_bytes(handle, at))
            return unsafe .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            guard let start = unsafe sqlite3_column_blob(handle, at) else { return .bytes([]) }
            let count = Int(unsafe sqlite3_column_bytes(handle, at))
            return unsafe .bytes([UInt8](UnsafeRawBufferPointer(start: start, count: count)))
        default: return .null
        }
    }
}
