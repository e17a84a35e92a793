// One request of the wire format, read from a line that may say anything.

import Foundation

/// Why a line was not understood or not allowed.
struct WireError: Error {
    let code: String
    let detail: String
    /// The key of the line, where it could be read.
    var key: String?

    init(_ code: String, _ detail: String, key: String? = nil) {
        self.code = code
        self.detail = detail
        self.key = key
    }
}

/// What can be asked for.
enum WireOperation: String, CaseIterable {
    case open, grant, charge, hold, capture, release, reverse, clawback, adjust, transfer, close
    case balance, history, dump, verify, sweep, clock

    /// The fields it needs, and those it may have beside them.
    var fields: (needed: Set<String>, allowed: Set<String>) {
        switch self {
        case .open: (["acct", "unit"], Self.labels)
        case .grant:
            (
                ["acct", "amount"],
                Self.labels.union([
                    "prio", "cat", "scope", "effectiveAt", "expiresAt", "payment", "cost", "currency",
                ])
            )
        case .charge: (["acct", "amount"], Self.labels.union(["scope"]))
        case .hold: (["acct", "amount"], Self.labels.union(["ttlMs", "scope"]))
        case .capture: (["amount"], Self.labels.union(["hold", "holdKey", "topUp"]))
        case .release: ([], Self.labels.union(["hold", "holdKey"]))
        case .reverse: ([], Self.labels.union(["of", "ofKey", "amount"]))
        case .clawback: (["payment", "cumulative", "currency"], Self.labels)
        case .adjust: (["acct", "amount", "reason"], Self.labels)
        case .transfer: (["acct", "to", "amount"], Self.labels)
        case .close: (["acct"], Self.labels)
        case .balance: (["acct"], [])
        case .history: (["acct"], ["limit", "after"])
        case .dump, .verify: ([], [])
        case .sweep: ([], ["limit"])
        case .clock: ([], ["advanceMs", "at"])
        }
    }

    /// Whether it only reads.
    var isReading: Bool {
        switch self {
        case .balance, .history, .dump, .verify: true
        default: false
        }
    }

    private static let labels: Set<String> = ["job", "rate", "notes"]
}

/// One request.
struct WireRequest {
    static let bytesMax = 65_536
    static let depthMax = 4
    static let keyBytesMax = 200

    let operation: WireOperation
    let key: String
    let fields: Fields

    /// Every field that a request may have.
    struct Fields: Decodable {
        let op: String
        let key: String
        let acct: String?
        let to: String?
        let unit: String?
        let amount: Int64?
        let prio: Int?
        let cat: String?
        let scope: String?
        let effectiveAt: String?
        let expiresAt: String?
        let payment: String?
        let cost: Int64?
        let currency: String?
        let ttlMs: Int64?
        let hold: String?
        let holdKey: String?
        let topUp: Bool?
        let of: String?
        let ofKey: String?
        let cumulative: Int64?
        let reason: String?
        let limit: Int?
        let after: String?
        let advanceMs: Int64?
        let at: String?
        let job: String?
        let rate: String?
        let notes: [String: String]?
    }

    /// Reads a line.
    init(_ line: [UInt8]) throws(WireError) {
        guard String(validating: line, as: UTF8.self) != nil else {
            throw WireError("badRequest", "The line is not UTF-8.")
        }
        guard Self.depth(line) <= Self.depthMax else {
            throw WireError("badRequest", "The line is nested more than \(Self.depthMax) deep.")
        }
        let decoder = JSONDecoder()
        let data = Data(line)
        let key = (try? decoder.decode(KeyOnly.self, from: data))?.key
        let names: Set<String>
        do {
            names = try decoder.decode(Names.self, from: data).names
            fields = try decoder.decode(Fields.self, from: data)
        } catch {
            throw WireError("badRequest", Self.reason(error), key: key)
        }
        guard (1...Self.keyBytesMax).contains(fields.key.utf8.count) else {
            throw WireError("badKey", "A key has 1 to \(Self.keyBytesMax) bytes.")
        }
        guard let operation = WireOperation(rawValue: fields.op) else {
            let known = WireOperation.allCases.map(\.rawValue).joined(separator: ", ")
            throw WireError("badRequest", "There is no such op; known are \(known).", key: fields.key)
        }
        let (needed, allowed) = operation.fields
        if let missing = needed.subtracting(names).min() {
            throw WireError("badRequest", "\(operation.rawValue) needs the field \(missing).", key: fields.key)
        }
        if let strange = names.subtracting(needed).subtracting(allowed).subtracting(["op", "key"]).min() {
            throw WireError(
                "badRequest", "\(operation.rawValue) has no field '\(strange.prefix(40))'.", key: fields.key)
        }
        self.operation = operation
        self.key = fields.key
    }

    /// The deepest nesting of a line, strings left out.
    static func depth(_ line: [UInt8]) -> Int {
        var (depth, deepest, inString, escaped) = (0, 0, false, false)
        for byte in line {
            if escaped {
                escaped = false
            } else if inString {
                escaped = byte == UInt8(ascii: "\\")
                if byte == UInt8(ascii: "\"") { inString = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): inString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    deepest = max(deepest, depth)
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                default: break
                }
            }
        }
        return deepest
    }

    private static func reason(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            guard let field = context.codingPath.first?.stringValue else { return "The line is not a JSON object." }
            return "The field \(field.prefix(40)) is of the wrong kind."
        case .keyNotFound(let name, _): return "The field \(name.stringValue) is missing."
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            return "The field \(context.codingPath[0].stringValue.prefix(40)) is out of range."
        default: return "The line is not JSON."
        }
    }

    private struct KeyOnly: Decodable {
        let key: String
    }

    private struct Names: Decodable {
        let names: Set<String>

        init(from decoder: any Decoder) throws {
            names = Set(try decoder.container(keyedBy: AnyName.self).allKeys.map(\.stringValue))
        }
    }

    private struct AnyName: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
