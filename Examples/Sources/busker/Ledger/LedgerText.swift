// What people type: units, lengths of time, moments, money, names, and what the ledger makes of it.

import ArgumentParser
import BuskerCore
import BuskerLedger
import Foundation

/// A unit, as `credits:2`.
struct UnitText: ExpressibleByArgument {
    let unit: Amount.Unit

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let code = parts.first, let scale = parts.count == 2 ? Int(parts[1]) : 2 else {
            return nil
        }
        if let currency = try? Currency(String(code)), parts.count == 1 || scale == currency.exponent {
            unit = Amount.Unit(currency)
        } else if let unit = try? Amount.Unit(code: String(code), scale: scale) {
            self.unit = unit
        } else {
            return nil
        }
    }
}

/// A length of time, as `90s`, `15m`, `36h` or `30d`.
struct SpanText: ExpressibleByArgument {
    let text: String
    let seconds: Int64

    init?(argument: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let last = argument.last, let unit = units[last], let count = Int64(argument.dropLast()), count > 0 else {
            return nil
        }
        let (seconds, overflow) = count.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        text = argument
        self.seconds = seconds
    }

    init(seconds: Int64) {
        let units: [(Int64, String)] = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")]
        let unit = units.first { seconds % $0.0 == 0 } ?? (1, "s")
        text = "\(seconds / unit.0)\(unit.1)"
        self.seconds = seconds
    }

    var defaultValueDescription: String { text }
}

/// A moment, as `2026-12-31T23:59:59Z`, or a day, which is its first instant in UTC.
struct MomentText: ExpressibleByArgument {
    let moment: Timestamp

    init?(argument: String) {
        let isDay = argument.count == 10
        guard let moment = try? Timestamp(iso8601: isDay ? argument + "T00:00:00Z" : argument) else { return nil }
        self.moment = moment
    }
}

/// A note, as `name=value`.
struct NoteText: ExpressibleByArgument {
    let name: String
    let value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else { return nil }
        name = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
    }
}

/// A three-letter currency.
struct CurrencyText: ExpressibleByArgument {
    let currency: Currency

    init?(argument: String) {
        guard let currency = try? Currency(argument.uppercased()) else { return nil }
        self.currency = currency
    }
}

/// Names keys that the tool makes.
enum KeyKind: IDKind {
    static var prefix: String { "key" }
}

/// The id of a hold or of a transaction.
enum IDText {
    static func hold(_ text: String) throws -> HoldID {
        do {
            return try HoldID(parsing: text)
        } catch {
            throw wrong("'\(text)' is not the id of a hold; those begin with hold_ and are shown by 'hold'.")
        }
    }

    static func transaction(_ text: String) throws -> TransactionID {
        do {
            return try TransactionID(parsing: text)
        } catch {
            throw wrong("'\(text)' is not the id of a transaction; those begin with txn_ and are shown by 'history'.")
        }
    }

    private static func wrong(_ detail: String) -> Failure {
        Failure(.wrongOptions, code: "bad_id", Columns.visible(detail))
    }
}

/// Where credit comes from, by its name on the command line.
struct CategoryText: ExpressibleByArgument {
    let category: GrantCategory

    init?(argument: String) {
        guard let found = GrantCategory(word: argument) else { return nil }
        category = found
    }

    static var allValueStrings: [String] { GrantCategory.allCases.map(\.word) }
}

/// What a transaction did, by its name on the command line.
struct KindText: ExpressibleByArgument {
    let kind: TransactionKind

    init?(argument: String) {
        guard let found = TransactionKind.allCases.first(where: { $0.word == argument }) else { return nil }
        kind = found
    }

    static var allValueStrings: [String] { TransactionKind.allCases.map(\.word) }
}

extension GrantCategory {
    /// The name on the command line and in JSON.
    var word: String { "\(self)" }

    /// The category of a name.
    init?(word: String) {
        guard let found = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = found
    }
}

extension TransactionKind {
    /// The name on the command line and in JSON.
    var word: String {
        switch self {
        case .expireGrant: "expire-grant"
        case .expireHold: "expire-hold"
        default: "\(self)"
        }
    }
}
