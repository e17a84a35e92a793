// Whether a file may go, said in another way: for files of which everything is known.

import BuskerCore
import BuskerRetention
import BuskerStorage

/// The naive judge: plain logic, its own calendar, one question.
struct Oracle {
    let policy: RetentionPolicy
    let record: FileRecord
    let done: Set<String>
    let now: Int64

    /// What may be done to end the file now; nothing when it stays.
    var end: RetentionStep.Action? {
        let t = record.times
        if record.state == .gone || record.state == .tombstoned || record.state == .scanning { return nil }
        if record.state == .uploading, (t.expires?.microseconds ?? .max) > now { return nil }
        if record.legalHold != nil { return nil }
        for until in [t.usedUntil, t.linkedUntil] where (until?.microseconds ?? 0) > now { return nil }
        for born in [t.created, t.received ?? t.created] where born.microseconds + us(policy.guards.minAge) > now {
            return nil
        }
        let rules = policy.rules.filter { $0.mode == .enforce && matches($0.when) }
        let keeps = rules.compactMap { rule -> Int64? in
            guard case .retainUntil(let moment) = rule.effect else { return nil }
            return date(moment)
        }
        if keeps.contains(where: { $0 > now }) { return nil }
        if let deleted = t.deleted { return deleted.microseconds + us(policy.guards.undoWindow) <= now ? .purge : nil }
        let isErased = (t.ownerDeleted?.microseconds ?? .max) <= now
        if isErased { return .delete }
        let goes = rules.compactMap { rule -> Int64? in
            guard case .deleteAt(let moment) = rule.effect else { return nil }
            return date(moment)
        }
        guard let goes = goes.min(), goes <= now else { return nil }
        if record.subject == nil {
            guard let since = t.orphaned, since.microseconds + us(policy.guards.orphanGrace) <= now else { return nil }
        }
        let last = max(goes, keeps.max() ?? goes)
        return rules.contains { isOpenMove($0, before: last) } ? nil : .delete
    }

    private func isOpenMove(_ rule: RetentionRule, before last: Int64) -> Bool {
        switch rule.effect {
        case .archiveAt(let moment, class: let name):
            guard let due = date(moment) else { return false }
            return due <= now && due < last && !done.contains("archive:" + name)
        case .moveAt(let moment, let target):
            guard let due = date(moment), due <= now, due < last, !done.contains("move:\(target)") else { return false }
            switch target {
            case .prefix(let prefix): return !record.key.text.hasPrefix(prefix)
            case .tier(.near): return !(record.near == .present && record.far == .none)
            case .tier(.far): return !(record.far == .present && record.near == .none)
            }
        default: return false
        }
    }

    private func date(_ moment: RetentionMoment) -> Int64? {
        anchor(moment.anchor).map { CountedCalendar.add(moment.after, to: $0) }
    }

    private func anchor(_ anchor: RetentionAnchor) -> Int64? {
        let t = record.times
        let moment: Timestamp?
        switch anchor {
        case .created: moment = t.created
        case .received: moment = t.received
        case .paid: moment = t.paid
        case .delivered: moment = t.delivered
        case .lastDownload: moment = t.downloaded
        case .jobFinished: moment = t.finished
        case .sessionExpires: moment = t.expires
        case .orphaned: moment = t.orphaned
        case .ownerDeleted: moment = t.ownerDeleted
        case .fiscalYearEnd(of: let base, lastMonth: let month, let zone):
            return self.anchor(base).map { CountedCalendar.yearEnd($0, month, zone.name) }
        }
        return moment?.microseconds
    }

    private func matches(_ predicate: FilePredicate) -> Bool {
        switch predicate {
        case .everything: true
        case .all(let parts): !parts.contains { !matches($0) }
        case .any(let parts): parts.contains { matches($0) }
        case .not(let part): !matches(part)
        case .prefix(let text): record.key.text.hasPrefix(text)
        case .tag(let name, let value): record.tags.contains { $0.key == name && $0.value == value }
        case .state(let set): set.contains { $0.rawValue == record.state.rawValue }
        case .payment(let set): set.contains { $0.rawValue == record.payment.rawValue }
        case .owner(.present): record.times.ownerDeleted == nil
        case .owner(.deleted): record.times.ownerDeleted != nil
        case .owner(.id(let id)): record.owner == id
        case .kind(let set): set.contains { $0 == record.kind }
        case .standing(let set): set.contains { $0 == record.standing }
        case .tier(let tier, let set): set.contains(tier == .near ? record.near : record.far)
        case .size(let from, let below):
            if let size = record.size { from <= size && size < below ?? .max } else { false }
        case .unattached: record.subject == nil
        case .contentType(let set): set.contains { $0 == record.contentType }
        }
    }
}
