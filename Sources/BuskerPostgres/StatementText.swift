// What can be told from the text of a statement.

/// The first word of a statement, which decides how it is sent and whether a closure may send it at all.
struct StatementText {
    private let text: Substring.UTF8View
    /// The first word in capitals, after blanks, comments and opening brackets.
    let verb: String

    init(_ text: String) {
        let rest = Self.afterBlanks(text[...].utf8)
        self.text = rest
        verb = String(
            decoding: rest.prefix(24).prefix { $0 | 0x20 >= 97 && $0 | 0x20 <= 122 }.map { $0 & 0xdf }, as: UTF8.self)
    }

    /// Whether the server keeps a plan for such a statement.
    var isPlanned: Bool { ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES", "MERGE"].contains(verb) }

    /// Whether the statement belongs to the room: transactions begin and end with the closure, settings are ours.
    var isReserved: Bool {
        [
            "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE", "EXECUTE",
            "DEALLOCATE",
            "DISCARD", "SET", "RESET", "COPY", "LISTEN", "UNLISTEN", "NOTIFY", "DECLARE", "FETCH", "MOVE", "CLOSE",
            "LOAD",
        ].contains(verb)
    }

    /// Whether the statement only looks, so that its rows can be fetched piece by piece.
    var onlyLooks: Bool {
        switch verb {
        case "SELECT", "VALUES": return true
        case "WITH":
            let text = String(decoding: text, as: UTF8.self).uppercased()
            return !["INSERT", "UPDATE", "DELETE", "MERGE"].contains { text.contains($0) }
        default: return false
        }
    }

    private static func afterBlanks(_ text: Substring.UTF8View) -> Substring.UTF8View {
        var rest = text
        while let byte = rest.first {
            let two = rest.prefix(2)
            if byte == 32 || (9...13).contains(byte) || byte == 40 || byte == 59 {
                rest = rest.dropFirst()
            } else if two.elementsEqual("--".utf8) {
                rest = rest.drop { $0 != 10 }
            } else if two.elementsEqual("/*".utf8) {
                rest = afterComment(rest)
            } else {
                return rest
            }
        }
        return rest
    }

    /// The text after a comment; such comments nest.
    private static func afterComment(_ text: Substring.UTF8View) -> Substring.UTF8View {
        var rest = text
        var depth = 0
        repeat {
            if rest.starts(with: "/*".utf8) {
                depth += 1
                rest = rest.dropFirst(2)
            } else if rest.starts(with: "*/".utf8) {
                depth -= 1
                rest = rest.dropFirst(2)
            } else {
                rest = rest.dropFirst()
            }
        } while depth > 0 && !rest.isEmpty
        return rest
    }
}
