// A command whose shape has been checked.

import BuskerCore

/// A command whose shape is right, with the hash of its request: made in the caller's task, before it waits in line.
package struct PreparedCommand: Sendable {
    package let key: IdempotencyKey
    package let action: LedgerAction
    package let job: String?
    package let rate: String?
    /// The notes as canonical JSON; empty when there are none.
    package let meta: String
    package let request: [UInt8]

    /// Checks the shape.
    ///
    /// - Throws: ``LedgerError`` with `badAmount`, `badKey`, `badName` or `badTerms`; such refusals are not remembered.
    package init(_ command: LedgerCommand, limits: LedgerLimits) throws(LedgerError) {
        try CommandRules(limits: limits).check(command)
        key = command.key
        action = command.action
        job = command.job
        rate = command.rate
        meta = command.notes.isEmpty ? "" : NotesText.write(command.notes)
        request = RequestHash.of(command)
    }
}

/// What a command may look like, whatever the ledger holds.
struct CommandRules {
    let limits: LedgerLimits

    func check(_ command: LedgerCommand) throws(LedgerError) {
        if let job = command.job { try name(job, "job") }
        if let rate = command.rate { try name(rate, "rate") }
        if !command.notes.isEmpty { try notes(command.notes) }
        switch command.action {
        case .open, .release, .close: break
        case .grant(_, let amount, let terms):
            try positive(amount)
            try check(terms)
        case .charge(_, let amount, let scope):
            try positive(amount)
            try check(scope: scope)
        case .hold(_, let amount, let time, let scope):
            try positive(amount)
            try check(timeToLive: time)
            try check(scope: scope)
        case .capture(_, let amount, _): try notNegative(amount)
        case .reverse(_, let amount): if let amount { try positive(amount) }
        case .clawback(let payment, let reversed):
            try name(payment, "payment")
            guard reversed.minorUnits >= 0 else {
                throw LedgerError(.badAmount, "What has been reversed of a payment is not negative.")
            }
        case .adjust(_, let amount, let reason):
            guard amount.steps != 0, amount.steps.magnitude <= LedgerLimits.amountMax.magnitude else {
                throw LedgerError(.badAmount, "A correction is not 0 and at most 2^53 − 1 steps either way.")
            }
            guard NameRule.holds(reason, bytesMax: 500) else {
                throw LedgerError(.badName, "A correction needs a reason of 1 to 500 bytes without control characters.")
            }
        case .transfer(let from, let to, let amount):
            try positive(amount)
            guard from != to else { throw LedgerError(.badTerms, "An account cannot transfer to itself.") }
        }
    }

    private func positive(_ amount: Amount) throws(LedgerError) {
        guard (1...LedgerLimits.amountMax).contains(amount.steps) else {
            throw LedgerError(.badAmount, "An amount has 1 to 2^53 − 1 steps, not \(amount.steps).")
        }
    }

    private func notNegative(_ amount: Amount) throws(LedgerError) {
        guard (0...LedgerLimits.amountMax).contains(amount.steps) else {
            throw LedgerError(.badAmount, "A captured amount has 0 to 2^53 − 1 steps, not \(amount.steps).")
        }
    }

    private func check(_ terms: GrantTerms) throws(LedgerError) {
        guard (0...100).contains(terms.priority) else {
            throw LedgerError(.badTerms, "A priority is 0 to 100, not \(terms.priority).")
        }
        try check(scope: terms.scope)
        if let payment = terms.payment { try name(payment, "payment") }
        if let cost = terms.cost, !(0...LedgerLimits.amountMax).contains(cost.minorUnits) {
            throw LedgerError(.badTerms, "A cost is 0 to 2^53 − 1 minor units, not \(cost.minorUnits).")
        }
        let effective = terms.effectiveAt?.microseconds ?? 0
        guard effective >= 0, effective < LedgerSchema.never else {
            throw LedgerError(.badTerms, "A grant takes effect between 1970 and the end of time.")
        }
        if let expires = terms.expiresAt?.microseconds {
            guard expires > effective, expires < LedgerSchema.never else {
                throw LedgerError(.badTerms, "A grant ends after it takes effect.")
            }
        }
    }

    private func check(timeToLive: Duration) throws(LedgerError) {
        guard timeToLive >= .microseconds(1), timeToLive <= .seconds(limits.holdSecondsMax) else {
            throw LedgerError(
                .badTerms, "A hold lasts from a microsecond to \(limits.holdSecondsMax) seconds.")
        }
    }

    private func check(scope: String?) throws(LedgerError) {
        guard let scope else { return }
        guard NameRule.holds(scope, bytesMax: 100) else {
            throw LedgerError(.badName, "A scope has 1 to 100 bytes without control characters.")
        }
    }

    private func name(_ text: String, _ what: String) throws(LedgerError) {
        guard NameRule.holds(text, bytesMax: 200) else {
            throw LedgerError(.badName, "The name of a \(what) has 1 to 200 bytes without control characters.")
        }
    }

    private func notes(_ notes: [String: String]) throws(LedgerError) {
        guard notes.count <= 50 else { throw LedgerError(.badName, "A command has at most 50 notes.") }
        for (name, value) in notes {
            guard NameRule.holds(name, bytesMax: 64), value.utf8.count <= 500, !value.utf8.contains(0) else {
                throw LedgerError(
                    .badName, "A note has a name of 1 to 64 bytes and a value of at most 500, without NUL.")
            }
        }
    }
}

/// Notes as text: one JSON object, its names in the order of their bytes.
package enum NotesText {
    package static func write(_ notes: [String: String]) -> String {
        var text = "{"
        for (name, value) in notes.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            if text.utf8.count > 1 { text += "," }
            quote(name, into: &text)
            text += ":"
            quote(value, into: &text)
        }
        return text + "}"
    }

    private static func quote(_ value: String, into text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                text += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
