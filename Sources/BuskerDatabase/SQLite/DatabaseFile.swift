// Where a database lies.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The place of a database file, with every link followed.
struct DatabaseFile: Sendable, Hashable {
    /// The path from the root, the same for every way to name the file.
    let path: String

    /// Finds the file, or the place where it will be made.
    ///
    /// - Throws: ``DatabaseError`` with `storage` when there is no such place, or it is not a file.
    init(_ given: String, mustExist: Bool) throws(DatabaseError) {
        guard !given.isEmpty, !given.utf8.contains(0) else {
            throw DatabaseError(.storage, "The path of the database is empty or holds a NUL.")
        }
        if let whole = Self.resolve(given) {
            path = whole
        } else {
            guard !mustExist else {
                throw DatabaseError(
                    .storage, "There is no database at \(given) (\(FileLock.reason())): check the path.")
            }
            let cut = given.lastIndex(of: "/")
            let name = cut.map { given[given.index(after: $0)...] } ?? given[...]
            let folder = cut.map { $0 == given.startIndex ? "/" : String(given[..<$0]) } ?? "."
            guard let whole = Self.resolve(folder) else {
                throw DatabaseError(
                    .storage, "The folder \(folder) cannot be reached (\(FileLock.reason())): make it first.")
            }
            guard !name.isEmpty, name != ".", name != ".." else {
                throw DatabaseError(.storage, "\(given) names a folder; name a file.")
            }
            path = whole == "/" ? "/\(name)" : "\(whole)/\(name)"
        }
        var facts = stat()
        if unsafe lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFLNK {
            throw DatabaseError(.storage, "\(given) is a link that leads nowhere: name the file itself.")
        }
        if unsafe stat(path, &facts) == 0, facts.st_mode & S_IFMT != S_IFREG {
            throw DatabaseError(.storage, "\(given) is not a file; name a file.")
        }
    }

    private static func resolve(_ path: String) -> String? {
        guard let whole = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(whole) }
        return unsafe String(cString: whole)
    }

    /// The name that SQLite is given: a URI when another file layer is asked for.
    func name(fileLayer: String?) -> String {
        guard let fileLayer else { return path }
        let plain = Set("/-._~".utf8)
        let escaped = path.utf8.map { byte -> String in
            let isPlain =
                plain.contains(byte) || (48...57).contains(byte) || (65...90).contains(byte)
                || (97...122).contains(byte)
            let digits = String(byte, radix: 16)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (digits.count == 1 ? "0" : "") + digits
        }
        return "file:\(escaped.joined())?vfs=\(fileLayer)"
    }
}
