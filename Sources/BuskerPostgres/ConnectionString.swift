// Where the server is and how to reach it.

import BuskerDatabase
import CPostgres

/// A connection string of libpq: a URL or `key=value` words; TLS, service files and password files are libpq's own business.
struct ConnectionString: Sendable, CustomStringConvertible {
    private let text: String
    private let words: [String: String]

    /// Checks the form of a string.
    ///
    /// - Throws: ``DatabaseError`` with `unavailable`; the message shows nothing of the string, which may hold a password.
    init(_ text: String) throws(DatabaseError) {
        let malformed = DatabaseError(
            .unavailable,
            "The connection string is not one of PostgreSQL: write postgresql://user@host:5432/database?sslmode=verify-full or host=… dbname=…."
        )
        guard !text.utf8.contains(0) else { throw malformed }
        var complaint: UnsafeMutablePointer<CChar>?
        let options = unsafe PQconninfoParse(text, &complaint)
        unsafe PQfreemem(complaint)
        guard let options = unsafe options else { throw malformed }
        defer { unsafe PQconninfoFree(options) }
        var words: [String: String] = [:]
        var at = unsafe options
        while let keyword = unsafe at.pointee.keyword {
            if let value = unsafe at.pointee.val { unsafe words[String(cString: keyword)] = String(cString: value) }
            unsafe at += 1
        }
        self.text = text
        self.words = words
    }

    /// The password, if the string holds one: to be kept out of messages.
    var secret: String? { words["password"] }

    /// The words for libpq: ours count where the string says nothing, except for the encoding, which is always ours.
    func keywords(connectTime: Duration) -> [(String, String)] {
        let seconds = max(2, Int(connectTime.components.seconds))
        var found = [
            ("fallback_application_name", "busker"), ("keepalives_idle", "30"), ("keepalives_interval", "10"),
            ("keepalives_count", "3"),
        ]
        if words["service"] == nil { found.append(("connect_timeout", "\(seconds)")) }
        return found + [("dbname", text), ("client_encoding", "UTF8")]
    }

    /// Nothing of the string, which may hold a password.
    var description: String { "a connection string" }
}
