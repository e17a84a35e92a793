// What a connection finds out about its file: damage, and the names of constraints.

extension SQLiteConnection {
    /// Looks for damage in the file and for references that lead nowhere.
    func findDamage() throws(DatabaseError) -> [String] {
        do throws(DatabaseError) {
            let found = try administer("PRAGMA integrity_check").filter { $0 != "ok" }
            guard found.isEmpty else { return found }
            return try administer("PRAGMA foreign_key_check").map {
                "A row of \($0) refers to another that is not there."
            }
        } catch {
            guard error.code == .corrupt else { throw error }
            return [error.detail]
        }
    }

    /// The error with the name of the index that refused instead of its columns, as PostgreSQL would name it.
    func named(_ error: DatabaseError) -> DatabaseError {
        guard error.code == .uniqueViolation, let columns = error.constraint else { return error }
        let name: String
        if columns.hasPrefix("index '") {
            name = String(columns.dropFirst("index '".count).prefix { $0 != "'" })
        } else {
            let pairs = columns.split(separator: ", ").map { $0.split(separator: ".", maxSplits: 1) }
            guard let table = pairs.first?.first, pairs.allSatisfy({ $0.count == 2 }) else { return error }
            name = uniqueName(String(table), pairs.map { String($0[1]) })
        }
        return DatabaseError(error.code, error.detail, constraint: name)
    }

    private func uniqueName(_ table: String, _ columns: [String]) -> String {
        let indexes = try? find("SELECT name, origin FROM pragma_index_list($1) WHERE \"unique\"", [.text(table)])
        for index in indexes ?? [] {
            guard case .text(let name) = index[0], case .text(let origin) = index[1] else { continue }
            let found = try? find("SELECT name FROM pragma_index_info($1) ORDER BY seqno", [.text(name)])
            guard found?.map({ $0[0] }) == columns.map({ SQLValue.text($0) }) else { continue }
            if origin == "c" { return name }
            if origin == "u" { return "\(table)_\(columns.joined(separator: "_"))_key" }
        }
        return "\(table)_pkey"
    }
}
