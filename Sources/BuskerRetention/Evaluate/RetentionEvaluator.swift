// Judges a file by a policy: a pure function of policy, facts and moment.

public import BuskerCore
import BuskerStorage

extension RetentionPolicy {
    /// What is to be done with a file at a moment.
    ///
    /// The file may go when a rule, its owner or an earlier deletion lets it go, every rule that keeps it has let go of it, no
    /// guard protects it, and nothing that could keep it is unknown. A rule whose anchor has not happened does not apply.
    public func evaluate(_ facts: RetentionFacts, at now: Timestamp) -> RetentionDecision {
        let decision = Judgement(guards, rules.filter { $0.mode == .enforce }, facts, now).decision
        guard rules.contains(where: { $0.mode == .dryRun }) else { return decision }
        let rehearsed = Judgement(guards, rules.filter { $0.mode != .off }, facts, now).decision
        guard rehearsed.steps != decision.steps else { return decision }
        return RetentionDecision(
            steps: decision.steps, floor: decision.floor, ceiling: decision.ceiling, blocks: decision.blocks,
            conflict: decision.conflict, rehearsal: rehearsed.steps)
    }
}

/// One judgement in the making.
struct Judgement {
    typealias Bound = RetentionDecision.Bound

    private let guards: RetentionGuards
    private let facts: RetentionFacts
    private let now: Timestamp
    private var floor: Bound?
    private var ceiling: Bound?
    private var unknown: FactSet = []
    private var links: [RetentionStep] = []
    private var notices: [(seconds: Int64, channel: String, cause: RetentionCause)] = []
    private var changes: [(step: RetentionStep, unknown: FactSet)] = []

    private var times: FileTimes { facts.record.times }

    init(_ guards: RetentionGuards, _ rules: [RetentionRule], _ facts: RetentionFacts, _ now: Timestamp) {
        self.guards = guards
        self.facts = facts
        self.now = now
        if facts.knows(.ownerDeleted), let left = times.ownerDeleted { lower(to: Bound(moment: left, cause: .erasure)) }
        for rule in rules { weigh(rule) }
        if facts.knows(.deleted), let deleted = times.deleted {
            let end = deleted.advanced(byMicroseconds: guards.undoWindow * 1_000_000)
            ceiling = Bound(moment: end, cause: .deletion)
        }
    }

    private mutating func lower(to bound: Bound) {
        guard let old = ceiling else {
            ceiling = bound
            return
        }
        if (bound.moment, bound.cause) < (old.moment, old.cause) { ceiling = bound }
    }

    private mutating func weigh(_ rule: RetentionRule) {
        let truth = rule.when.truth(of: facts)
        guard truth != .no else { return }
        let cause = RetentionCause.rule(rule.id)
        guard let moment = rule.effect.moment else {
            if truth == .yes, case .notifyBefore(seconds: let seconds, channel: let channel) = rule.effect {
                notices.append((seconds, channel, cause))
            }
            return
        }
        let doubts = truth == .yes ? [] : facts.unknown
        guard facts.knows(moment.anchor.fact) else {
            doubt(rule.effect, moment.anchor.fact.union(doubts), nil, cause)
            return
        }
        guard let due = moment.due(in: times) else { return }
        guard truth == .yes else { return doubt(rule.effect, doubts, due, cause) }
        switch rule.effect {
        case .retainUntil:
            if let old = floor, (old.moment, cause) >= (due, old.cause) { return }
            floor = Bound(moment: due, cause: cause)
        case .deleteAt: lower(to: Bound(moment: due, cause: cause))
        case .expireLinksAt: links.append(RetentionStep(action: .expireLinks, due: due, cause: cause))
        default:
            guard let action = Self.change(rule.effect) else { return }
            changes.append((RetentionStep(action: action, due: due, cause: cause), []))
        }
    }

    /// A rule of which nobody knows whether or when it applies: it deletes nothing, and may keep.
    private mutating func doubt(
        _ effect: RetentionEffect, _ doubts: FactSet, _ due: Timestamp?, _ cause: RetentionCause
    ) {
        if case .retainUntil = effect {
            if due.map({ $0 > now }) ?? true { unknown.formUnion(doubts) }
        } else if let action = Self.change(effect) {
            let due = due ?? Timestamp(microseconds: .min)
            changes.append((RetentionStep(action: action, due: due, cause: cause), doubts))
        }
    }

    private static func change(_ effect: RetentionEffect) -> RetentionStep.Action? {
        switch effect {
        case .archiveAt(_, class: let name): .archive(class: name)
        case .moveAt(_, let target): .move(target)
        default: nil
        }
    }
}

extension Judgement {
    var decision: RetentionDecision {
        let isOver = facts.knows(.state) && [.tombstoned, .gone].contains(facts.record.state)
        guard !isOver else { return decision(steps: [], blocks: []) }
        let isDeleted = facts.knows(.deleted) && times.deleted != nil
        let end = goes
        let isDue = end.map { $0 <= now } ?? false
        var blocks = obstacles
        let change = isDeleted ? nil : nextChange(before: end, &blocks)
        var steps = isDeleted ? [] : told(end)
        if isDue, blocks.isEmpty, change == nil, let cause = ceiling?.cause, let end {
            steps.append(RetentionStep(action: isDeleted ? .purge : .delete, due: end, cause: cause))
        } else if let change {
            if holdsStill.isEmpty { steps.append(change) }
        } else if isErased, facts.knows(.deleted), times.deleted == nil, let left = times.ownerDeleted {
            steps.append(RetentionStep(action: .restrict, due: left, cause: .erasure))
        }
        return decision(steps: steps, blocks: ceiling == nil ? [] : blocks)
    }

    private func decision(steps: [RetentionStep], blocks: [RetentionBlock]) -> RetentionDecision {
        var conflict: RetentionDecision.Conflict?
        if let floor, let ceiling, floor.moment > ceiling.moment {
            conflict = RetentionDecision.Conflict(deletes: ceiling.cause, keeps: floor.cause)
        }
        return RetentionDecision(
            steps: steps, floor: floor, ceiling: ceiling, blocks: blocks, conflict: conflict, rehearsal: nil)
    }

    /// Whether its owner went away.
    private var isErased: Bool { facts.knows(.ownerDeleted) && (times.ownerDeleted.map { $0 <= now } ?? false) }

    /// The moment from which on the file may go, guards aside.
    private var goes: Timestamp? { ceiling.map { max($0.moment, floor?.moment ?? $0.moment) } }

    /// Everything that keeps the file now, whether its time is up or not.
    private var obstacles: [RetentionBlock] {
        var blocks: [RetentionBlock] = []
        if let floor, now < floor.moment { blocks.append(.kept(until: floor.moment, rule: floor.cause.description)) }
        var doubts = unknown.union(facts.unknown.intersection([.legalHold, .state, .created, .received, .deleted]))
        if facts.knows(.legalHold), let reason = facts.record.legalHold { blocks.append(.legalHold(reason)) }
        blocks += holdsStill.filter {
            guard case .unknown(let facts) = $0 else { return true }
            doubts.formUnion(facts)
            return false
        }
        if facts.knows(.created) {
            let born = facts.knows(.received) ? times.received.map { max($0, times.created) } : nil
            let grown = (born ?? times.created).advanced(byMicroseconds: guards.minAge * 1_000_000)
            if now < grown { blocks.append(.tooYoung(until: grown)) }
        }
        if let grace = orphanGrace(&doubts) { blocks.append(grace) }
        if facts.knows(.deleted), times.deleted != nil, let ceiling, now < ceiling.moment {
            blocks.append(.undoable(until: ceiling.moment))
        }
        if !doubts.isEmpty { blocks.append(.unknown(doubts)) }
        return blocks
    }

    /// What keeps hands off the bytes: somebody uses them, or may.
    private var holdsStill: [RetentionBlock] {
        var blocks: [RetentionBlock] = []
        let doubts = facts.unknown.intersection([.usedUntil, .linkedUntil, .state, .expires])
        if facts.knows(.usedUntil), let until = times.usedUntil, now < until { blocks.append(.inUse(until: until)) }
        if facts.knows(.linkedUntil), let until = times.linkedUntil, now < until {
            blocks.append(.openLink(until: until))
        }
        if facts.knows(.state) {
            switch facts.record.state {
            case .scanning: blocks.append(.inUse(until: nil))
            case .uploading where facts.knows(.expires):
                if times.expires.map({ now < $0 }) ?? true { blocks.append(.inUse(until: times.expires)) }
            default: break
            }
        }
        let isUploading = !facts.knows(.state) || facts.record.state == .uploading
        let real = isUploading ? doubts : doubts.subtracting(.expires)
        if !real.isEmpty { blocks.append(.unknown(real)) }
        return blocks
    }

    /// A file of nothing is left alone for a while, unless its owner or a person lets it go.
    private func orphanGrace(_ doubts: inout FactSet) -> RetentionBlock? {
        guard let ceiling, case .rule = ceiling.cause, !isErased else { return nil }
        guard facts.knows(.subject) else {
            doubts.formUnion(.subject)
            return nil
        }
        guard facts.record.subject == nil else { return nil }
        guard facts.knows(.orphaned) else {
            doubts.formUnion(.orphaned)
            return nil
        }
        guard let since = times.orphaned else { return .orphanGrace(until: nil) }
        let end = since.advanced(byMicroseconds: guards.orphanGrace * 1_000_000)
        return now < end ? .orphanGrace(until: end) : nil
    }

    /// The first move that is due before the file goes; one of which nobody knows whether it is keeps the file where it is.
    private func nextChange(before end: Timestamp?, _ blocks: inout [RetentionBlock]) -> RetentionStep? {
        if isErased { return nil }
        let edge = end ?? Timestamp(microseconds: .max)
        let due = changes.filter { $0.step.due <= now && $0.step.due < edge }
        var open: [RetentionStep] = []
        for (step, doubts) in due {
            let (wasDone, more) = isDone(step)
            if wasDone { continue }
            let all = doubts.union(more)
            if all.isEmpty { open.append(step) } else { blocks.append(.unknown(all)) }
        }
        return open.min { ($0.action.rank, $0.due, $0.cause) < ($1.action.rank, $1.due, $1.cause) }
    }

    private func isDone(_ step: RetentionStep) -> (Bool, doubts: FactSet) {
        if facts.done.contains(step.name) { return (true, []) }
        switch step.action {
        case .move(.prefix(let prefix)):
            guard facts.knows(.key) else { return (false, .key) }
            return (facts.record.key.text.utf8.starts(with: prefix.utf8), [])
        case .move(.tier(let tier)):
            guard facts.knows([.near, .far]) else { return (false, facts.unknown.intersection([.near, .far])) }
            let (stays, leaves) =
                tier == .near ? (facts.record.near, facts.record.far) : (facts.record.far, facts.record.near)
            return (stays == .present && leaves == .none, [])
        default: return (false, [])
        }
    }

    /// What is told to people and links; each once.
    private func told(_ end: Timestamp?) -> [RetentionStep] {
        var steps: [String: RetentionStep] = [:]
        func add(_ step: RetentionStep) {
            guard step.due <= now, !facts.done.contains(step.name) else { return }
            if let old = steps[step.name], (old.due, old.cause) <= (step.due, step.cause) { return }
            steps[step.name] = step
        }
        for step in links { add(step) }
        if let end {
            for notice in notices {
                let due = end.advanced(byMicroseconds: -notice.seconds * 1_000_000)
                add(
                    RetentionStep(
                        action: .notify(channel: notice.channel, deletion: end), due: due, cause: notice.cause))
            }
        }
        return steps.values.sorted { ($0.action.rank, $0.due, $0.name) < ($1.action.rank, $1.due, $1.name) }
    }
}
