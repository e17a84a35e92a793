// One request of the wire format, read from a line that may say anything.

import BuskerCore

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
    static let keyBytesMax = 200

    private static let limits = JSONLimits(bytesMax: bytesMax, depthMax: 4)

    let operation: WireOperation
    let key: String
    let fields: WireFields

    /// Reads a line.
    init(_ line: [UInt8]) throws(WireError) {
        let json: JSONValue
        do { json = try JSONValue(parsing: line, limits: Self.limits) } catch { throw Self.reason(error) }
        guard let members = json.members else { throw WireError("badRequest", "The line is not a JSON object.") }
        fields = try WireFields(json)
        guard (1...Self.keyBytesMax).contains(fields.key.utf8.count) else {
            throw WireError("badKey", "A key has 1 to \(Self.keyBytesMax) bytes.")
        }
        guard let operation = WireOperation(rawValue: fields.op) else {
            let known = WireOperation.allCases.map(\.rawValue).joined(separator: ", ")
            throw WireError("badRequest", "There is no such op; known are \(known).", key: fields.key)
        }
        let (needed, allowed) = operation.fields
        if let missing = needed.subtracting(members.filter { !$0.value.isNull }.map(\.name)).min() {
            throw WireError("badRequest", "\(operation.rawValue) needs the field \(missing).", key: fields.key)
        }
        if let strange = Set(members.map(\.name)).subtracting(needed).subtracting(allowed)
            .subtracting(["op", "key"]).min()
        {
            throw WireError(
                "badRequest", "\(operation.rawValue) has no field '\(strange.prefix(40))'.", key: fields.key)
        }
        self.operation = operation
        self.key = fields.key
    }

    private static func reason(_ error: JSONError) -> WireError {
        let detail =
            switch error.code {
            case .badText: "The line is not UTF-8."
            case .duplicateName: "The line uses a name twice."
            case .limit: "The line is nested more than \(limits.depthMax) deep."
            default: "The line is not JSON."
            }
        return WireError("badRequest", detail)
    }
}
