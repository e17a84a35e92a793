// Promotion codes: what they give, to whom, how often, and why they refuse.

public import BuskerCore

/// What a promotion gives each time.
public struct PromoTemplate: Sendable, Hashable {
    /// How much.
    public let amount: Amount
    /// 0 burns first, 100 last.
    public let priority: Int
    /// What the credit may be spent on; `nil` for everything.
    public let scope: String?
    /// How many seconds after the redemption the credit ends; `nil` for never.
    public let lifetimeSeconds: Int64?

    /// Makes a template.
    ///
    /// - Throws: ``LedgerError`` with `badPricing`.
    public init(
        _ amount: Amount, priority: Int = 50, scope: String? = nil, lifetimeSeconds: Int64? = nil
    ) throws(LedgerError) {
        guard (1...LedgerLimits.amountMax).contains(amount.steps) else {
            throw .pricing("A promotion gives at least one step of credit.")
        }
        guard (0...100).contains(priority) else { throw .pricing("A priority is 0 to 100, not \(priority).") }
        if let scope, !NameRule.holds(scope, bytesMax: 100) {
            throw .pricing("A scope has 1 to 100 bytes without control characters.")
        }
        guard (1...PricingLimits.lifetimeSecondsMax).contains(lifetimeSeconds ?? 1) else {
            throw .pricing("Credit of a promotion lasts from a second to 100 years.")
        }
        self.amount = amount
        self.priority = priority
        self.scope = scope
        self.lifetimeSeconds = lifetimeSeconds
    }

    /// The terms of a grant that is made now.
    func terms(_ category: GrantCategory, at now: Timestamp) -> GrantTerms {
        GrantTerms(
            category, priority: priority, scope: scope,
            expiresAt: lifetimeSeconds.map { now.advanced(by: .seconds($0)) })
    }

    var json: String {
        var body: [String: StrictJSON] = [
            "amount": .number(amount.steps), "unit": amount.unit.pricing, "priority": .number(Int64(priority)),
        ]
        if let scope { body["scope"] = .text(scope) }
        if let lifetimeSeconds { body["lifetime_s"] = .number(lifetimeSeconds) }
        return StrictJSON.object(body).text
    }

    init(json: String) throws(LedgerError) {
        var object = try StrictJSONObject(try StrictJSON(parsing: json), "A template")
        let unit = try Amount.Unit(pricing: object.optional("unit") ?? .null)
        try self.init(
            Amount(steps: try object.number("amount"), unit: unit), priority: Int(try object.number("priority")),
            scope: try object.optionalText("scope"), lifetimeSeconds: try object.optionalNumber("lifetime_s"))
        try object.end()
    }
}

/// A promotion code and its limits.
public struct PromoCode: Sendable, Hashable {
    /// The code, normalised: `A-Z 0-9 - _`, 3 to 64 of them.
    public let code: String
    /// From when on it may be redeemed.
    public let startsAt: Timestamp
    /// Until when, exclusive; `nil` for no end.
    public let endsAt: Timestamp?
    /// How often it may be redeemed in all; `nil` for any number.
    public let usesMax: Int64?
    /// How often each account may redeem it, 1 to 1,000.
    public let usesPerAccount: Int64
    /// Whether nobody may learn that the code exists before it gives them credit.
    public let isSecret: Bool
    /// What it gives.
    public let template: PromoTemplate

    /// Makes a code.
    ///
    /// - Throws: ``LedgerError`` with `badPricing`.
    public init(
        _ code: String, startsAt: Timestamp, endsAt: Timestamp? = nil, usesMax: Int64? = nil, usesPerAccount: Int64 = 1,
        isSecret: Bool = false, template: PromoTemplate
    ) throws(LedgerError) {
        guard let normal = Self.normalise(code) else {
            throw .pricing("A code has 3 to 64 of A-Z a-z 0-9 - and _; spaces around it do not count.")
        }
        guard startsAt < endsAt ?? Timestamp(microseconds: .max) else { throw .pricing("A code ends after it starts.") }
        guard usesMax ?? 1 >= 1, (1...PricingLimits.redemptionsPerAccountMax).contains(usesPerAccount) else {
            throw .pricing("A code may be redeemed at least once, and 1 to 1,000 times by each account.")
        }
        self.code = normal
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.usesMax = usesMax
        self.usesPerAccount = usesPerAccount
        self.isSecret = isSecret
        self.template = template
    }

    /// The one form of a code as people type it; `nil` when it can be no code.
    ///
    /// Spaces around it are dropped and ASCII letters become capitals; nothing else is folded, because a code has only ASCII
    /// letters: letters of other scripts that look alike are refused instead of guessed at.
    public static func normalise(_ text: String) -> String? {
        guard text.utf8.count <= 256 else { return nil }
        var bytes = text.utf8[...]
        while bytes.first == UInt8(ascii: " ") { bytes = bytes.dropFirst() }
        while bytes.last == UInt8(ascii: " ") { bytes = bytes.dropLast() }
        guard (3...64).contains(bytes.count) else { return nil }
        var normal: [UInt8] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): normal.append(byte - 32)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                normal.append(byte)
            default: return nil
            }
        }
        return String(decoding: normal, as: UTF8.self)
    }
}

/// Why a code was refused, as far as whoever typed it may know; the `underlying` error of `codeRefused`.
public enum CodeRefusal: Error, Sendable, Hashable, CaseIterable {
    /// There is no such code, or it is secret and cannot be redeemed now.
    case notValid
    /// The code cannot be redeemed yet.
    case notStarted
    /// The code can no longer be redeemed.
    case ended
    /// The code was redeemed as often as it may be.
    case usedUp
    /// This account redeemed the code as often as it may.
    case alreadyRedeemed

    var detail: String {
        switch self {
        case .notValid: "The code is not valid; check how it is written."
        case .notStarted: "The code cannot be redeemed yet."
        case .ended: "The code can no longer be redeemed."
        case .usedUp: "The code has been redeemed as often as it may be."
        case .alreadyRedeemed: "This account has redeemed the code before."
        }
    }
}

/// Whether a code may be redeemed, as a pure decision.
struct PromoDecision {
    let promo: PromoCode
    let used: Int64
    let isStopped: Bool
    let usedByAccount: Int64

    /// The reason to refuse, if there is one.
    ///
    /// An account learns of its own redemptions; of a secret code nothing else.
    func refusal(at now: Timestamp) -> CodeRefusal? {
        if usedByAccount >= promo.usesPerAccount { return .alreadyRedeemed }
        let reason: CodeRefusal? =
            if isStopped {
                .ended
            } else if now < promo.startsAt {
                .notStarted
            } else if let end = promo.endsAt, now >= end {
                .ended
            } else if used >= promo.usesMax ?? .max {
                .usedUp
            } else {
                nil
            }
        return promo.isSecret && reason != nil ? .notValid : reason
    }
}

extension LedgerError {
    /// The refusal of a code.
    init(_ refusal: CodeRefusal) {
        self.init(.codeRefused, refusal.detail, underlying: refusal)
    }
}
