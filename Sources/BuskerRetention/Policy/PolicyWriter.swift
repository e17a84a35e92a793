// Writes a policy as a document.

public import BuskerCore
import BuskerStorage

extension RetentionPolicy {
    /// The policy as a document; reading it gives the same policy.
    public var document: JSON { PolicyWriter.document(self) }
}

/// Writes policies in one way, so that those that say the same have the same bytes.
enum PolicyWriter {
    static func document(_ policy: RetentionPolicy) -> JSON {
        .object([
            ("id", .text(policy.id)), ("version", .number(policy.version)), ("clock", "utc"),
            ("guards", .object(RetentionGuards.fields.map { ($0.name, .number(policy.guards[keyPath: $0.path])) })),
            ("rules", .list(policy.rules.map(rule))),
        ])
    }

    private static func rule(_ rule: RetentionRule) -> JSON {
        .object([
            ("id", .text(rule.id)), ("mode", .text(rule.mode.rawValue)), ("reason", .text(rule.reason)),
            ("when", predicate(rule.when)), ("effect", effect(rule.effect)),
        ])
    }

    static func predicate(_ predicate: FilePredicate) -> JSON {
        switch predicate {
        case .everything: "everything"
        case .unattached: "unattached"
        case .all(let parts): ["all": .list(parts.map(Self.predicate))]
        case .any(let parts): ["any": .list(parts.map(Self.predicate))]
        case .not(let part): ["not": Self.predicate(part)]
        case .prefix(let text): ["prefix": .text(text)]
        case .tag(let name, let value): ["tag": ["name": .text(name), "value": .text(value)]]
        case .state(let set): ["state": words(set.map(\.rawValue))]
        case .payment(let set): ["payment": words(set.map(\.rawValue))]
        case .owner(.present): ["owner": "present"]
        case .owner(.deleted): ["owner": "deleted"]
        case .owner(.id(let id)): ["owner": ["id": .text(id)]]
        case .kind(let set): ["kind": words(Array(set))]
        case .standing(let set): ["standing": words(set.map(\.rawValue))]
        case .tier(let tier, let set): ["tier": ["of": .text(tier.rawValue), "is": words(set.map(\.rawValue))]]
        case .size(let from, let below):
            ["size": ["from": .number(from), "below": below.map(JSON.number)]]
        case .contentType(let set): ["contentType": words(Array(set))]
        }
    }

    private static func effect(_ effect: RetentionEffect) -> JSON {
        switch effect {
        case .retainUntil(let moment): ["retainUntil": .object(members(moment))]
        case .deleteAt(let moment): ["deleteAt": .object(members(moment))]
        case .expireLinksAt(let moment): ["expireLinksAt": .object(members(moment))]
        case .moveAt(let moment, .prefix(let prefix)):
            ["moveAt": .object(members(moment) + [("to", ["prefix": .text(prefix)])])]
        case .moveAt(let moment, .tier(let tier)):
            ["moveAt": .object(members(moment) + [("to", ["tier": .text(tier.rawValue)])])]
        case .archiveAt(let moment, class: let name):
            ["archiveAt": .object(members(moment) + [("class", .text(name))])]
        case .notifyBefore(let seconds, let channel):
            ["notifyBefore": ["seconds": .number(seconds), "channel": .text(channel)]]
        }
    }

    private static func members(_ moment: RetentionMoment) -> [(String, JSON?)] {
        [("anchor", anchor(moment.anchor)), ("after", duration(moment.after))]
    }

    private static func anchor(_ anchor: RetentionAnchor) -> JSON {
        if case .fiscalYearEnd(of: let base, let lastMonth, let zone) = anchor {
            return [
                "fiscalYearEnd": [
                    "of": Self.anchor(base), "lastMonth": .number(lastMonth), "zone": .text(zone.name),
                ]
            ]
        }
        return .text(RetentionAnchor.plain.first { $0.anchor == anchor }?.name ?? "")
    }

    private static func duration(_ duration: RetentionDuration) -> JSON {
        switch duration {
        case .seconds(let seconds): ["seconds": .number(seconds)]
        case .calendar(let years, let months, let days, let zone):
            [
                "years": .number(years), "months": .number(months), "days": .number(days), "zone": .text(zone.name),
            ]
        }
    }

    private static func words(_ words: [String]) -> JSON { .list(words.sorted().map(JSON.text)) }
}
