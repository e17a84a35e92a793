// What a policy must be before it says anything.

/// Checks policies; a fault names the rule and the place in it.
enum PolicyCheck {
    static let rulesMax = 1000
    static let depthMax = 16

    static func check(_ policy: RetentionPolicy) throws(RetentionError) {
        guard isName(policy.id) else { throw fault("id", nameText) }
        guard policy.version >= 1 else { throw fault("version", "The number of the edition is 1 or more.") }
        guard policy.rules.count <= rulesMax else { throw fault("rules", "A policy has at most \(rulesMax) rules.") }
        for field in RetentionGuards.fields where !field.range.contains(policy.guards[keyPath: field.path]) {
            throw fault(
                "guards.\(field.name)", "The number is \(field.range.lowerBound) to \(field.range.upperBound).")
        }
        var last: String?
        for rule in policy.rules {
            let path = "rules.\(rule.id)"
            guard isName(rule.id) else { throw fault("rules", nameText) }
            guard rule.id != last else { throw fault(path, "Two different rules have one name.") }
            guard (1...500).contains(rule.reason.utf8.count) else {
                throw fault(path + ".reason", "A reason has 1 to 500 bytes; say why the rule is there.")
            }
            try check(rule.when, path + ".when", depth: 0)
            try check(rule.effect, path + ".effect")
            last = rule.id
        }
    }

    private static let nameText = "A name is 1 to 64 letters, digits, - _ and . of ASCII."

    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0 & 0xDF) || [45, 46, 95].contains($0)
            }
    }

    private static func check(_ predicate: FilePredicate, _ path: String, depth: Int) throws(RetentionError) {
        guard depth <= depthMax else { throw fault(path, "Conditions nest at most \(depthMax) deep.") }
        let isEmpty: Bool
        switch predicate {
        case .all(let parts), .any(let parts):
            for (at, part) in parts.enumerated() { try check(part, "\(path)[\(at)]", depth: depth + 1) }
            isEmpty = parts.isEmpty
        case .not(let part):
            try check(part, path + ".not", depth: depth + 1)
            isEmpty = false
        case .prefix(let text): isEmpty = text.isEmpty
        case .tag(let name, _): isEmpty = name.isEmpty
        case .state(let set): isEmpty = set.isEmpty
        case .payment(let set): isEmpty = set.isEmpty
        case .kind(let set), .contentType(let set): isEmpty = set.isEmpty || set.contains("")
        case .standing(let set): isEmpty = set.isEmpty
        case .tier(_, let set): isEmpty = set.isEmpty
        case .owner(.id(let id)): isEmpty = id.isEmpty
        case .size(let from, let below): isEmpty = from < 0 || (below ?? .max) <= from
        case .everything, .unattached, .owner: isEmpty = false
        }
        guard !isEmpty else {
            throw fault(path, "The condition is empty; all files are spelled 'everything'.")
        }
    }

    private static func check(_ effect: RetentionEffect, _ path: String) throws(RetentionError) {
        if let moment = effect.moment {
            guard moment.after.isInRange else { throw fault(path, "The length of time is out of range.") }
            try check(moment.anchor, path)
        }
        switch effect {
        case .moveAt(_, .prefix(let prefix)):
            guard prefix.hasSuffix("/"), prefix.utf8.count > 1, prefix.utf8.count <= 512 else {
                throw fault(path, "A file moves to a prefix that ends with a slash.")
            }
        case .archiveAt(_, class: let name):
            guard isName(name) else { throw fault(path + ".class", nameText) }
        case .notifyBefore(let seconds, let channel):
            guard (0...31_536_000).contains(seconds) else {
                throw fault(path + ".seconds", "Notice is given 0 to 31,536,000 seconds before.")
            }
            guard isName(channel) else { throw fault(path + ".channel", nameText) }
        default: break
        }
    }

    private static func check(_ anchor: RetentionAnchor, _ path: String) throws(RetentionError) {
        guard case .fiscalYearEnd(of: let base, let lastMonth, _) = anchor else { return }
        guard (1...12).contains(lastMonth) else { throw fault(path, "The last month of a financial year is 1 to 12.") }
        if case .fiscalYearEnd = base { throw fault(path, "The end of a financial year is of a moment of the file.") }
    }

    private static func fault(_ path: String, _ detail: String) -> RetentionError {
        RetentionError(.badPolicy, detail, path: path)
    }
}
