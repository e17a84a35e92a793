// The fields of a request of the wire format, each of its kind.

import BuskerCore

/// Every field that a request may have; one that is null counts as missing.
struct WireFields {
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

    /// Takes the fields of an object.
    init(_ json: JSONValue) throws(WireError) {
        let object = WireObject(json)
        guard let op = try object.text("op") else { throw object.wrong("The field op is missing.") }
        guard let key = try object.text("key") else { throw object.wrong("The field key is missing.") }
        self.op = op
        self.key = key
        acct = try object.text("acct")
        to = try object.text("to")
        unit = try object.text("unit")
        amount = try object.integer("amount")
        prio = try object.integer("prio").map { Int(clamping: $0) }
        cat = try object.text("cat")
        scope = try object.text("scope")
        effectiveAt = try object.text("effectiveAt")
        expiresAt = try object.text("expiresAt")
        payment = try object.text("payment")
        cost = try object.integer("cost")
        currency = try object.text("currency")
        ttlMs = try object.integer("ttlMs")
        hold = try object.text("hold")
        holdKey = try object.text("holdKey")
        topUp = try object.flag("topUp")
        of = try object.text("of")
        ofKey = try object.text("ofKey")
        cumulative = try object.integer("cumulative")
        reason = try object.text("reason")
        limit = try object.integer("limit").map { Int(clamping: $0) }
        after = try object.text("after")
        advanceMs = try object.integer("advanceMs")
        at = try object.text("at")
        job = try object.text("job")
        rate = try object.text("rate")
        notes = try object.texts("notes")
    }
}

/// Takes the members of an object by name and kind.
private struct WireObject {
    private let json: JSONValue

    init(_ json: JSONValue) { self.json = json }

    /// An error that carries the key of the line.
    func wrong(_ detail: String) -> WireError { WireError("badRequest", detail, key: json["key"]?.text) }

    func text(_ name: String) throws(WireError) -> String? {
        try take(name, "text") { $0.text }
    }

    func integer(_ name: String) throws(WireError) -> Int64? {
        try take(name, "a whole number of 64 bits, such as 4900") { $0.integer }
    }

    func flag(_ name: String) throws(WireError) -> Bool? {
        try take(name, "true or false") { $0.flag }
    }

    func texts(_ name: String) throws(WireError) -> [String: String]? {
        try take(name, "an object of texts") { value in
            guard let members = value.members else { return nil }
            var texts: [String: String] = [:]
            for (name, value) in members {
                guard let text = value.text, texts.updateValue(text, forKey: name) == nil else { return nil }
            }
            return texts
        }
    }

    private func take<Value>(
        _ name: String, _ kind: String, _ read: (JSONValue) -> Value?
    ) throws(WireError) -> Value? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let found = read(value) else { throw wrong("The field \(name) is not \(kind).") }
        return found
    }
}
