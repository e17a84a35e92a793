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

    /// Refuses a URL whose password would be taken for something else, and then be shown, and what only looks like a file.
    func check() throws {
        if case .file(let path) = self, path.contains("://") || Self.hasKeywords(path) {
            throw ValidationError("A database is a file or a PostgreSQL server, as postgres://user@host/name.")
        }
        guard case .server(let url) = self, url.contains("@"), let start = url.range(of: "://") else { return }
        let authority = url[start.upperBound...].prefix { $0 != "/" && $0 != "?" }
        guard authority.contains("@") else {
            throw ValidationError("In the URL of a database write / ? # and @ of a password as %2F %3F %23 and %40.")
        }
    }

    /// Whether a text is a connection string of keywords, such as `host=… password=…`.
    private static func hasKeywords(_ text: String) -> Bool {
        text.split(separator: " ").contains { word in
            ["host=", "hostaddr=", "dbname=", "password=", "service="].contains { word.hasPrefix($0) }
        }
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
            try place.check()
            return place
        }
    }
}
