// The requests of a trial: what customers do, and sometimes do wrongly.

import Foundation

/// Makes requests; what was answered decides what can be captured, reversed or clawed back.
struct Traffic {
    static let accounts = (1...20).map { "acct:\($0)" }
    static let unit = "credits:2"

    /// Time as the host is told it, in microseconds.
    private(set) var now: Int64
    private var random = Seeded(seed: 0)
    private var count = 0
    private var prefix = ""
    private var holds: [(id: String, key: String, amount: Int64)] = []
    private var charges: [(id: String, key: String, amount: Int64)] = []
    private var payments: [(name: String, cost: Int64)] = []

    init(now: Int64) { self.now = now }

    /// Begins a trial, whose keys begin with its name; what exists stays known.
    mutating func begin(_ name: String, seed: UInt64) {
        prefix = name
        count = 0
        random = Seeded(seed: seed)
    }

    /// The next request: its key and its fields.
    mutating func next() -> (key: String, fields: [String: Any]) {
        let roll = Int.random(in: 0..<95, using: &random)
        var fields: [String: Any]
        switch roll {
        case ..<45: fields = charge()
        case ..<60: fields = hold()
        case ..<72: fields = capture() ?? charge()
        case ..<78: fields = release() ?? hold()
        case ..<88: fields = grant()
        case ..<92: fields = reverse() ?? charge()
        default: fields = clawback() ?? grant()
        }
        count += 1
        let key = "\(prefix)-\(count)"
        fields["key"] = key
        if fields["payment"] as? String == "new" { fields["payment"] = "pay:\(key)" }
        return (key, fields)
    }

    /// Lets some time pass, and returns the request that tells the host.
    mutating func tick() -> (key: String, fields: [String: Any]) {
        now += random.number(0...60_000)
        return clock(at: now)
    }

    /// The request that sets the host's clock.
    mutating func clock(at time: Int64) -> (key: String, fields: [String: Any]) {
        now = time
        count += 1
        return ("clock-\(prefix)-\(count)", ["op": "clock", "at": Self.text(time)])
    }

    /// The request that sweeps what is due.
    mutating func sweep() -> (key: String, fields: [String: Any]) {
        count += 1
        return ("clock-sweep-\(prefix)-\(count)", ["op": "sweep", "limit": 50])
    }

    /// Learns from an answer what exists.
    mutating func learn(_ intent: Intent, _ answer: [String: Any]) {
        guard answer["ok"] as? Bool == true, let amount = (answer["amount"] as? NSNumber)?.int64Value else { return }
        switch intent.operation {
        case "hold":
            if let id = answer["hold"] as? String { holds.append((id, intent.key, amount)) }
        case "charge", "capture":
            if let id = answer["txn"] as? String, amount > 0 { charges.append((id, intent.key, amount)) }
        case "grant":
            if let payment = intent.fields["payment"] as? String, let cost = intent.fields["cost"] as? Int64 {
                payments.append((payment, cost))
            }
        default: break
        }
        if holds.count > 200 { holds.removeFirst(100) }
    }

    private mutating func account() -> String {
        if random.happens(1) { return "acct:nobody" }
        return random.happens(30) ? Self.accounts[0] : random.pick(Self.accounts) ?? Self.accounts[0]
    }

    private mutating func charge() -> [String: Any] {
        var fields: [String: Any] = ["op": "charge", "acct": account(), "amount": random.number(1...500)]
        if random.happens(15) { fields["scope"] = "stems" }
        if random.happens(1) { fields["amount"] = Int64(0) }
        if random.happens(5) { fields["job"] = "job-\(count)" }
        return fields
    }

    private mutating func hold() -> [String: Any] {
        var fields: [String: Any] = [
            "op": "hold", "acct": account(), "amount": random.number(1...400), "ttlMs": random.number(20...5000),
        ]
        if random.happens(15) { fields["scope"] = "stems" }
        return fields
    }

    private mutating func grant() -> [String: Any] {
        var fields: [String: Any] = [
            "op": "grant", "acct": account(), "amount": random.number(1...5000),
            "prio": random.pick([10, 50, 50, 90]) ?? 50,
            "cat": random.pick(["paid", "promo", "welcome", "subscription", "refund"]) ?? "paid",
        ]
        if random.happens(15) { fields["scope"] = "stems" }
        if random.happens(40) { fields["expiresAt"] = Self.text(now + random.number(1_000...10_000_000)) }
        if random.happens(10) { fields["effectiveAt"] = Self.text(now + random.number(0...500_000)) }
        if random.happens(50) {
            fields["payment"] = "new"
            fields["cost"] = random.number(0...1000)
            fields["currency"] = "USD"
        }
        return fields
    }

    private mutating func capture() -> [String: Any]? {
        guard let hold = random.pick(holds) else { return nil }
        var fields: [String: Any] = ["op": "capture", "amount": random.number(0...(hold.amount + 3))]
        if random.happens(40) { fields["amount"] = hold.amount }
        if random.happens(20) { fields["topUp"] = true }
        name(hold.id, hold.key, "hold", in: &fields)
        return fields
    }

    private mutating func release() -> [String: Any]? {
        guard let hold = random.pick(holds) else { return nil }
        var fields: [String: Any] = ["op": "release"]
        name(hold.id, hold.key, "hold", in: &fields)
        return fields
    }

    private mutating func reverse() -> [String: Any]? {
        guard let charge = random.pick(charges) else { return nil }
        var fields: [String: Any] = ["op": "reverse"]
        if random.happens(70) { fields["amount"] = random.number(1...(charge.amount + 1)) }
        name(charge.id, charge.key, "of", in: &fields)
        return fields
    }

    private mutating func clawback() -> [String: Any]? {
        guard let payment = random.pick(payments) else { return nil }
        let most = payment.cost + (random.happens(5) ? 1 : 0)
        return [
            "op": "clawback", "payment": payment.name, "cumulative": random.number(0...most), "currency": "USD",
        ]
    }

    private mutating func name(_ id: String, _ key: String, _ field: String, in fields: inout [String: Any]) {
        if random.happens(20) { fields[field + "Key"] = key } else { fields[field] = id }
    }

    /// A moment as ISO 8601 with microseconds.
    static func text(_ microseconds: Int64) -> String {
        var seconds = time_t(microseconds / 1_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return String(
            format: "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
            parts.tm_hour, parts.tm_min, parts.tm_sec, Int32(microseconds % 1_000_000))
    }
}
