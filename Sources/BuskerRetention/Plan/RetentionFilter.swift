// Which rows a policy has to look at at all, as SQL.

import BuskerCore
import BuskerDatabase
import BuskerStorage

/// The condition that every row meets of which the policy might want something now; others are certain to stay as they are.
///
/// It lets through too much rather than too little: what SQL cannot say of a rule counts as met, and calendars count as
/// their fewest seconds.
enum RetentionFilter {
    static func condition(_ policy: RetentionPolicy, at now: Timestamp) -> SQL {
        let acting = policy.rules.filter { $0.mode != .off }
        let notice =
            acting.compactMap { rule -> Int64? in
                guard case .notifyBefore(seconds: let seconds, channel: _) = rule.effect else { return nil }
                return seconds
            }.max() ?? 0
        let noticed = now.advanced(byMicroseconds: notice * 1_000_000)
        var all: SQL = "deleted_us IS NOT NULL OR owner_deleted_us <= \(noticed)"
        for rule in acting {
            guard let moment = rule.effect.moment else { continue }
            var latest = now
            switch rule.effect {
            case .retainUntil: continue
            case .deleteAt: latest = noticed
            default: break
            }
            let least = moment.after.secondsMin
            let edge = latest.advanced(byMicroseconds: -least * 1_000_000)
            all = "\(all) OR (\(column(moment.anchor)) <= \(edge) AND \(condition(rule.when, when: true)))"
        }
        return "state NOT IN ('tombstoned', 'gone') AND (\(all))"
    }

    private static func column(_ anchor: RetentionAnchor) -> SQL {
        switch anchor {
        case .created: "created_us"
        case .received: "received_us"
        case .paid: "paid_us"
        case .delivered: "delivered_us"
        case .lastDownload: "downloaded_us"
        case .jobFinished: "finished_us"
        case .sessionExpires: "expires_us"
        case .orphaned: "orphaned_us"
        case .ownerDeleted: "owner_deleted_us"
        case .fiscalYearEnd(of: let base, lastMonth: _, _): column(base)
        }
    }

    /// SQL that holds wherever the predicate is `when`; more rows may meet it.
    private static func condition(_ predicate: FilePredicate, when wanted: Bool) -> SQL {
        switch predicate {
        case .not(let part): return condition(part, when: !wanted)
        case .all(let parts): return joined(parts, wanted, and: wanted)
        case .any(let parts): return joined(parts, wanted, and: !wanted)
        case .everything: return wanted ? "1 = 1" : "1 = 0"
        default:
            guard let exact = exact(predicate) else { return "1 = 1" }
            return wanted ? "(\(exact))" : "NOT (\(exact))"
        }
    }

    private static func joined(_ parts: [FilePredicate], _ wanted: Bool, and: Bool) -> SQL {
        var all: SQL = and ? "1 = 1" : "1 = 0"
        for part in parts {
            let one = condition(part, when: wanted)
            all = and ? "\(all) AND \(one)" : "\(all) OR \(one)"
        }
        return "(\(all))"
    }

    /// SQL that is true, false or nothing where the simple predicate is yes, no or not known; nothing when there is none.
    private static func exact(_ predicate: FilePredicate) -> SQL? {
        switch predicate {
        case .everything, .all, .any, .not, .tag: nil
        case .prefix(let text): "substr(object_key, 1, CAST(\(text.unicodeScalars.count) AS integer)) = \(text)"
        case .state(let set): "state IN \(list: set.map(\.rawValue).sorted())"
        case .payment(let set): "payment IN \(list: set.map(\.rawValue).sorted())"
        case .owner(.present): "owner_deleted_us IS NULL"
        case .owner(.deleted): "owner_deleted_us IS NOT NULL"
        case .owner(.id(let id)): "owner = \(id)"
        case .kind(let set): "kind IN \(list: set.sorted())"
        case .standing(let set): "standing IN \(list: set.map(\.rawValue).sorted())"
        case .tier(.near, let set): "near IN \(list: set.map(\.rawValue).sorted())"
        case .tier(.far, let set): "far IN \(list: set.map(\.rawValue).sorted())"
        case .size(let from, below: nil): "size >= \(from)"
        case .size(let from, below: let below?): "size >= \(from) AND size < \(below)"
        case .unattached: "subject IS NULL"
        case .contentType(let set): "content_type IN \(list: set.sorted())"
        }
    }
}
