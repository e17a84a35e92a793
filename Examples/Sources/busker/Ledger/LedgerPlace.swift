// Where a ledger lives: a file or a PostgreSQL server.

import ArgumentParser
import Foundation

/// The place of a database; how it is shown never tells a password.
enum LedgerPlace: Equatable {
    case file(String)
    case server(String)

    /// Reads what was given with `--database`; `nil` when it is empty.
    init?(_ text: String) {
        guard !text.isEmpty else { return nil }
        let scheme = text.prefix { $0 != ":" }.lowercased()
        self = ["postgres", "postgresql"].contains(scheme) && text.contains("://") ? .server(text) : .file(text)
    }

    /// How messages call it.
    var shown: String {
        switch self {
        case .file(let path): "'\(path)'"
        case .server(let url): "'\(Self.withoutSecrets(url))'"
        }
    }

    /// The URL without a password in it, wherever PostgreSQL would read one; of an odd one only that it is one.
    static func withoutSecrets(_ url: String) -> String {
        let plain = url.prefix { $0 != "?" }
        guard let start = plain.range(of: "://") else { return "postgres://…" }
        let (scheme, rest) = (plain[..<start.upperBound], plain[start.upperBound...])
        guard let at = rest.lastIndex(of: "@") else { return url.contains("@") ? "\(scheme)…" : String(plain) }
        return "\(scheme)\(rest[..<at].prefix { $0 != ":" })\(rest[at...])"
    }
}

/// Which database a command works on.
struct LedgerOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The ledger's file, or postgres://user@host/name (default: what BUSKER_DATABASE says).", valueName: "place")
    )
    var database: String?

    func validate() throws { _ = try place }

    /// The place that was named.
    var place: LedgerPlace {
        get throws {
            let named = database ?? ProcessInfo.processInfo.environment["BUSKER_DATABASE"] ?? ""
            guard let place = LedgerPlace(named) else {
                throw ValidationError("Name the database with --database or in BUSKER_DATABASE.")
            }
            return place
        }
    }
}
