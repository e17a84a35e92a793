// Rules that watch a balance, and how they are stored.

public import BuskerCore

/// A rule that watches the balance of an account.
public enum BalanceRule: Sendable, Hashable {
    /// Tells when the balance is low.
    case alert(BalanceAlert)
    /// Asks for a top-up when the balance is low.
    case topUp(TopUpMachine)
}

/// A rule of an account.
public struct AccountRule: Sendable, Hashable {
    /// The host's name of the rule, such as `low`, unique on the account.
    ///
    /// 1 to 100 bytes.
    public let name: String
    /// The rule and where it stands; its figures are steps of the account's unit.
    public let rule: BalanceRule
}

/// How much a top-up adds.
public enum TopUpGoal: Sendable, Hashable {
    /// Always the same.
    case fixed(Amount)
    /// What is missing to a balance.
    case target(Amount)
}

/// How a top-up that a rule asked for ended.
public enum TopUpOutcome: Sendable, Hashable {
    /// It was paid, and its credit is on the account.
    case settled
    /// The charge was declined, and may work later.
    case declined
    /// The charge failed for good.
    case failed
}

extension BalanceRule {
    /// The raw value of the tables.
    var kind: Int64 {
        switch self {
        case .alert: 1
        case .topUp: 2
        }
    }

    /// The instant at which the rule must be looked at, whatever the balance does.
    var nextCheck: Timestamp? {
        switch self {
        case .alert: nil
        case .topUp(let machine): machine.nextCheck
        }
    }

    var json: String {
        switch self {
        case .alert(let alert):
            StrictJSON.object([
                "threshold": .number(alert.threshold), "rearm": .text(alert.rearm.rawValue),
                "armed": .flag(alert.isArmed),
            ]).text
        case .topUp(let machine): machine.json.text
        }
    }

    init(kind: Int64, json: String) throws(LedgerError) {
        let body = try StrictJSON(parsing: json)
        guard kind == 1 else {
            self = .topUp(try TopUpMachine(stored: body))
            return
        }
        var object = try StrictJSONObject(body, "An alert")
        guard let rearm = BalanceAlert.Rearm(rawValue: try object.text("rearm")) else {
            throw .pricing("An alert is armed again rising or byHand.")
        }
        let armed = object.optional("armed") == .flag(true)
        self = .alert(BalanceAlert(threshold: try object.number("threshold"), rearm: rearm, isArmed: armed))
        try object.end()
    }
}

extension TopUpMachine {
    var json: StrictJSON {
        var body: [String: StrictJSON] = [
            "threshold": .number(threshold), "attempts": .number(attempts), "declines": .number(Int64(declines)),
            "recent": .list(recent.map { .number($0.microseconds) }),
            "pending": .list(
                pending.map { .list([.number($0.attempt), .number($0.amount), .number($0.since.microseconds)]) }),
            "safety": .list(
                [
                    safety.declineWaitSeconds, Int64(safety.declinesMax), Int64(safety.burst), safety.burstSeconds,
                    safety.pendingSecondsMax,
                ].map { .number($0) }),
        ]
        switch refill {
        case .fixed(let amount): body["fixed"] = .number(amount)
        case .target(let target): body["target"] = .number(target)
        }
        switch state {
        case .armed: body["state"] = .text("armed")
        case .waiting(let until): body["until"] = .number(until.microseconds)
        case .paused: body["state"] = .text("paused")
        case .off: body["state"] = .text("off")
        }
        return .object(body)
    }

    init(stored json: StrictJSON) throws(LedgerError) {
        var object = try StrictJSONObject(json, "A top-up rule")
        let figures = try Self.numbers(object.list("safety"), count: 5)
        var safety = TopUpSafety()
        safety.declineWaitSeconds = figures[0]
        safety.declinesMax = Int(figures[1])
        safety.burst = Int(figures[2])
        safety.burstSeconds = figures[3]
        safety.pendingSecondsMax = figures[4]
        let refill: TopUpRefill =
            if let fixed = try object.optionalNumber("fixed") {
                .fixed(fixed)
            } else {
                .target(try object.number("target"))
            }
        try self.init(threshold: try object.number("threshold"), refill: refill, safety: safety)
        attempts = try object.number("attempts")
        declines = Int(try object.number("declines"))
        recent = try Self.numbers(object.list("recent"), count: nil).map(Timestamp.init(microseconds:))
        for entry in try object.list("pending") {
            guard case .list(let values) = entry else { throw .pricing("A pending top-up is a list.") }
            let numbers = try Self.numbers(values, count: 3)
            pending.append(
                Pending(attempt: numbers[0], amount: numbers[1], since: Timestamp(microseconds: numbers[2])))
        }
        if let until = try object.optionalNumber("until") {
            state = .waiting(until: Timestamp(microseconds: until))
        } else {
            state = try Self.state(object.text("state"))
        }
        try object.end()
    }

    private static func state(_ name: String) throws(LedgerError) -> State {
        switch name {
        case "armed": .armed
        case "paused": .paused
        case "off": .off
        default: throw .pricing("A top-up rule is armed, paused or off.")
        }
    }

    private static func numbers(_ values: [StrictJSON], count: Int?) throws(LedgerError) -> [Int64] {
        var numbers: [Int64] = []
        for value in values {
            guard case .number(let number) = value else { throw .pricing("A list of numbers holds something else.") }
            numbers.append(number)
        }
        guard count == nil || numbers.count == count else { throw .pricing("A list of numbers is too short or long.") }
        return numbers
    }
}
