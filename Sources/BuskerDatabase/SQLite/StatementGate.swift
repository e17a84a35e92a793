// What a closure's statements may not do.

import GRDBSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Keeps the statements of closures from ending transactions, changing settings or opening other files.
///
/// SQLite asks while it prepares a statement. The gate stands open only while the room runs a statement of its own.
@safe final class StatementGate {
    private let handle: OpaquePointer
    private let open: UnsafeMutablePointer<Bool>

    /// Whether everything is allowed.
    var isOpen: Bool {
        get { unsafe open.pointee }
        set { unsafe open.pointee = newValue }
    }

    init(on handle: OpaquePointer) {
        unsafe self.handle = handle
        unsafe open = .allocate(capacity: 1)
        unsafe open.initialize(to: false)
        unsafe sqlite3_commit_hook(handle, nil, nil)
        unsafe sqlite3_rollback_hook(handle, nil, nil)
        unsafe sqlite3_set_authorizer(
            handle,
            { open, action, first, second, _, _ in
                if let open = unsafe open, unsafe open.load(as: Bool.self) { return SQLITE_OK }
                switch action {
                case SQLITE_TRANSACTION, SQLITE_SAVEPOINT, SQLITE_ATTACH, SQLITE_DETACH: return SQLITE_DENY
                case SQLITE_PRAGMA: return unsafe StatementGate.isHarmless(first, second) ? SQLITE_OK : SQLITE_DENY
                default: return SQLITE_OK
                }
            }, open)
    }

    deinit { unsafe open.deallocate() }

    /// Lets go of the connection.
    func remove() { unsafe sqlite3_set_authorizer(handle, nil, nil) }

    /// Pragmas that only look, such as those that tell the columns of a table.
    private static func isHarmless(_ name: UnsafePointer<CChar>?, _ argument: UnsafePointer<CChar>?) -> Bool {
        guard let name = unsafe name else { return false }
        let looks = ["table_info", "table_xinfo", "table_list", "index_list", "index_info", "foreign_key_list"]
        if looks.contains(unsafe String(cString: name)) { return true }
        return unsafe argument == nil && ["page_size", "page_count"].contains(String(cString: name))
    }
}
