// Why a file is kept or goes, in plain words.

public import BuskerCore
import BuskerStorage

extension RetentionPolicy {
    /// Why a file is kept or goes at a moment, a sentence a line.
    public func explain(_ facts: RetentionFacts, at now: Timestamp) -> [String] {
        let decision = evaluate(facts, at: now)
        var lines = [
            decision.steps.isEmpty ? "Nothing is done with it now." : "Now: " + Self.words(decision.steps) + "."
        ]
        if let ceiling = decision.ceiling {
            lines.append("It goes from \(ceiling.moment.iso8601) on, because of \(says(ceiling.cause)).")
        } else {
            lines.append("No rule lets it go.")
        }
        if let floor = decision.floor {
            lines.append("It is kept until \(floor.moment.iso8601), because of \(says(floor.cause)).")
        }
        if let conflict = decision.conflict {
            lines.append("\(conflict.deletes) wants it to go before \(conflict.keeps) lets go of it: it is kept.")
        }
        for block in decision.blocks { lines.append("It is kept now: \(block).") }
        for rule in rules where rule.mode != .off {
            let truth = rule.when.truth(of: facts)
            guard truth != .no else { continue }
            lines.append(says(rule, truth, facts))
        }
        if let rehearsal = decision.rehearsal {
            let words = rehearsal.isEmpty ? "nothing would be done with it" : Self.words(rehearsal)
            lines.append("With the rules that are only rehearsed: \(words).")
        }
        return lines
    }

    private static func words(_ steps: [RetentionStep]) -> String {
        steps.map { "\($0.action.words) (\($0.cause))" }.joined(separator: ", then ")
    }

    private func says(_ cause: RetentionCause) -> String {
        guard case .rule(let id) = cause else { return cause == .erasure ? "its owner's leave" : "its deletion" }
        return "rule '\(id)' (\(reason(of: cause)))"
    }

    private func says(_ rule: RetentionRule, _ truth: Truth, _ facts: RetentionFacts) -> String {
        let name = "Rule '\(rule.id)'\(rule.mode == .dryRun ? ", which is only rehearsed," : "")"
        guard truth == .yes else { return "\(name) may be for it; not known: \(facts.unknown)." }
        guard let moment = rule.effect.moment else { return "\(name) is for it: \(rule.effect.words)." }
        guard facts.knows(moment.anchor.fact) else { return "\(name) is for it, but its moment is not known." }
        guard let due = moment.due(in: facts.record.times) else {
            return "\(name) is for it, but what it counts from has not happened."
        }
        return "\(name) is for it: \(rule.effect.words) \(due.iso8601)."
    }
}

extension RetentionEffect {
    /// The effect in words, to which the moment is added.
    fileprivate var words: String {
        switch self {
        case .retainUntil: "keep until"
        case .deleteAt: "delete from"
        case .moveAt(_, let target): "move to \(target) from"
        case .archiveAt(_, class: let name): "archive to \(name) from"
        case .expireLinksAt: "end links from"
        case .notifyBefore(let seconds, let channel):
            "tell over \(channel) \(seconds) seconds before it goes"
        }
    }
}

extension RetentionStep.Action {
    /// The action in words.
    public var words: String {
        switch self {
        case .expireLinks: "end its links"
        case .notify(let channel, let deletion):
            "tell over \(channel) that it goes \(deletion.iso8601)"
        case .archive(class: let name): "archive it to \(name)"
        case .move(let target): "move it to \(target)"
        case .restrict: "let nobody read it, but keep it"
        case .delete: "delete it in a way that can be undone"
        case .purge: "delete its bytes for good"
        }
    }
}
