// Reads a policy from a document.

import BuskerCore
import BuskerStorage

extension RetentionPolicy {
    /// Reads a document strictly: what is not known, missing or twice is a fault.
    ///
    /// - Parameters:
    ///   - bytes: the text of the document, at most one mebibyte.
    ///   - zones: the rules of a zone by its name, such as `Asia/Seoul`; `UTC` and offsets as `+09:00` are never asked for.
    /// - Throws: ``RetentionError`` with `badPolicy`, whose `path` says where, or `badZone`.
    public init(document bytes: [UInt8], zones: (String) throws(RetentionError) -> Zone?) throws(RetentionError) {
        let read: JSONValue
        do throws(JSONError) {
            read = try JSONValue(parsing: bytes)
        } catch {
            throw RetentionError(.badPolicy, "The document is not JSON: \(error.detail) (byte \(error.offset))")
        }
        self = try withoutActuallyEscaping(zones) { (zones) throws(RetentionError) in
            try PolicyReader(zones: zones).policy(DocumentValue(value: read, path: ""))
        }
    }
}

/// Reads the parts of a document.
struct PolicyReader {
    let zones: (String) throws(RetentionError) -> Zone?

    func policy(_ value: DocumentValue) throws(RetentionError) -> RetentionPolicy {
        let members = try value.members(["id", "version", "rules"], optional: ["clock", "guards"])
        if let clock = members["clock"] {
            guard try clock.text() == "utc" else { throw clock.fault("The clock of a policy is utc.") }
        }
        var rules: [RetentionRule] = []
        var names: Set<String> = []
        for element in try members.need("rules").elements() {
            let rule = try rule(element)
            guard names.insert(rule.id).inserted else { throw element.fault("Another rule has the name \(rule.id).") }
            rules.append(rule)
        }
        return try RetentionPolicy(
            try members.need("id").text(), version: try members.need("version").integer(),
            guards: try guards(members["guards"]), rules: rules)
    }

    private func guards(_ value: DocumentValue?) throws(RetentionError) -> RetentionGuards {
        var guards = RetentionGuards()
        guard let value else { return guards }
        let members = try value.members([], optional: RetentionGuards.fields.map(\.name))
        for field in RetentionGuards.fields {
            guard let member = members[field.name] else { continue }
            guards[keyPath: field.path] = try member.integer()
        }
        return guards
    }

    private func rule(_ value: DocumentValue) throws(RetentionError) -> RetentionRule {
        let members = try value.members(["id", "reason", "when", "effect"], optional: ["mode"])
        return RetentionRule(
            try members.need("id").text(), when: try predicate(try members.need("when")),
            try effect(try members.need("effect")),
            mode: try members["mode"]?.word(RetentionRule.Mode.self) ?? .enforce,
            reason: try members.need("reason").text())
    }

    func predicate(_ value: DocumentValue) throws(RetentionError) -> FilePredicate {
        if let word = value.value.text {
            switch word {
            case "everything": return .everything
            case "unattached": return .unattached
            default: throw value.fault("A condition that is a word is everything or unattached.")
            }
        }
        let (name, part) = try value.only()
        switch name {
        case "all": return .all(try predicates(part))
        case "any": return .any(try predicates(part))
        case "not": return .not(try predicate(part))
        case "prefix": return .prefix(try part.text())
        case "tag":
            let members = try part.members(["name", "value"])
            return .tag(try members.need("name").text(), try members.need("value").text())
        case "state": return .state(try part.words(FileState.self))
        case "payment": return .payment(try part.words(FilePayment.self))
        case "owner": return .owner(try owner(part))
        case "kind": return .kind(try part.words())
        case "standing": return .standing(try part.words(FileStanding.self))
        case "tier":
            let members = try part.members(["of", "is"])
            return .tier(
                try members.need("of").word(FilePredicate.Tier.self), try members.need("is").words(TierState.self))
        case "size":
            let members = try part.members(["from"], optional: ["below"])
            return .size(from: try members.need("from").integer(), below: try members["below"]?.integer())
        case "contentType": return .contentType(try part.words())
        default: throw part.fault("There is no such condition.")
        }
    }

    private func predicates(_ value: DocumentValue) throws(RetentionError) -> [FilePredicate] {
        var found: [FilePredicate] = []
        for element in try value.elements() { found.append(try predicate(element)) }
        return found
    }

    private func owner(_ value: DocumentValue) throws(RetentionError) -> FilePredicate.Owner {
        switch value.value.text {
        case "present": .present
        case "deleted": .deleted
        case .some: throw value.fault("An owner is present, deleted, or an object with an id.")
        case nil: .id(try value.members(["id"]).need("id").text())
        }
    }

    private func effect(_ value: DocumentValue) throws(RetentionError) -> RetentionEffect {
        let (name, part) = try value.only()
        switch name {
        case "retainUntil": return .retainUntil(try moment(try part.members(["anchor"], optional: ["after"])))
        case "deleteAt": return .deleteAt(try moment(try part.members(["anchor"], optional: ["after"])))
        case "expireLinksAt": return .expireLinksAt(try moment(try part.members(["anchor"], optional: ["after"])))
        case "moveAt":
            let members = try part.members(["anchor", "to"], optional: ["after"])
            return .moveAt(try moment(members), try target(try members.need("to")))
        case "archiveAt":
            let members = try part.members(["anchor", "class"], optional: ["after"])
            return .archiveAt(try moment(members), class: try members.need("class").text())
        case "notifyBefore":
            let members = try part.members(["seconds", "channel"])
            return .notifyBefore(
                seconds: try members.need("seconds").integer(), channel: try members.need("channel").text())
        default: throw part.fault("There is no such effect.")
        }
    }

    private func target(_ value: DocumentValue) throws(RetentionError) -> MoveTarget {
        let (name, part) = try value.only()
        switch name {
        case "prefix": return .prefix(try part.text())
        case "tier": return .tier(try part.word(FilePredicate.Tier.self))
        default: throw part.fault("A file moves to a prefix or a tier.")
        }
    }

    private func moment(_ members: [String: DocumentValue]) throws(RetentionError) -> RetentionMoment {
        RetentionMoment(try anchor(try members.need("anchor")), after: try duration(members["after"]))
    }

    private func anchor(_ value: DocumentValue) throws(RetentionError) -> RetentionAnchor {
        if let word = value.value.text {
            guard let plain = RetentionAnchor.plain.first(where: { $0.name == word }) else {
                let names = RetentionAnchor.plain.map(\.name).joined(separator: ", ")
                throw value.fault("An anchor is one of \(names), or a fiscalYearEnd.")
            }
            return plain.anchor
        }
        let members = try value.members(["fiscalYearEnd"]).need("fiscalYearEnd").members(["of", "lastMonth", "zone"])
        return .fiscalYearEnd(
            of: try anchor(try members.need("of")), lastMonth: try members.need("lastMonth").integer(),
            try zone(try members.need("zone")))
    }

    private func duration(_ value: DocumentValue?) throws(RetentionError) -> RetentionDuration {
        guard let value else { return .seconds(0) }
        let members = try value.members([], optional: ["seconds", "years", "months", "days", "zone"])
        if let seconds = members["seconds"] {
            guard members.count == 1 else {
                throw value.fault("Seconds stand alone; a calendar has years, months, days.")
            }
            return .seconds(try seconds.integer())
        }
        guard let zone = members["zone"], members.count > 1 else {
            throw value.fault(
                "A length of time has seconds, or years, months, days and the zone whose calendar counts.")
        }
        return .calendar(
            years: try members["years"]?.integer() ?? 0, months: try members["months"]?.integer() ?? 0,
            days: try members["days"]?.integer() ?? 0, try self.zone(zone))
    }

    private func zone(_ value: DocumentValue) throws(RetentionError) -> Zone {
        let name = try value.text()
        if let fixed = Zone(fixed: name) { return fixed }
        guard let zone = try zones(name), zone.name == name else {
            throw RetentionError(.badZone, "Nobody here knows the zone.", path: value.path)
        }
        return zone
    }
}
