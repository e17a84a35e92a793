// What is known of a file when a policy judges it.

public import BuskerStorage

/// The facts of a file: its row, what of it is not known, and what was done to it before.
public struct RetentionFacts: Sendable, Hashable {
    /// The row.
    public var record: FileRecord
    /// What nobody knows, whatever the row says; a size that the row does not have is among it.
    public var unknown: FactSet
    /// The effects that were carried out, by their names in ``RetentionStep/name``.
    public var done: Set<String>

    /// Makes facts of a row that is known whole, unless something else is said.
    public init(_ record: FileRecord, unknown: FactSet = [], done: Set<String> = []) {
        self.record = record
        self.unknown = record.size == nil ? unknown.union(.size) : unknown
        self.done = done
    }

    /// Whether these facts are all known.
    func knows(_ facts: FactSet) -> Bool { unknown.isDisjoint(with: facts) }
}

/// Whether something holds, as far as is known.
enum Truth: Sendable, Hashable {
    case yes
    case no
    case unknown

    init(_ holds: Bool) { self = holds ? .yes : .no }

    static prefix func ! (truth: Truth) -> Truth {
        switch truth {
        case .yes: .no
        case .no: .yes
        case .unknown: .unknown
        }
    }
}

extension FilePredicate {
    /// Whether the condition holds, by Kleene's logic of three values.
    func truth(of facts: RetentionFacts) -> Truth {
        switch self {
        case .everything: return .yes
        case .all(let parts): return Self.truth(of: parts, facts, decisive: .no)
        case .any(let parts): return Self.truth(of: parts, facts, decisive: .yes)
        case .not(let part): return !part.truth(of: facts)
        default: return facts.knows(fact) ? Truth(holds(for: facts.record)) : .unknown
        }
    }

    private static func truth(of parts: [FilePredicate], _ facts: RetentionFacts, decisive: Truth) -> Truth {
        var result = !decisive
        for part in parts {
            let truth = part.truth(of: facts)
            if truth == decisive { return decisive }
            if truth == .unknown { result = .unknown }
        }
        return result
    }

    /// The fact that a simple condition is about.
    private var fact: FactSet {
        switch self {
        case .everything, .all, .any, .not: []
        case .prefix: .key
        case .tag: .tags
        case .state: .state
        case .payment: .payment
        case .owner(.id): .owner
        case .owner: .ownerDeleted
        case .kind: .kind
        case .standing: .standing
        case .tier(.near, _): .near
        case .tier(.far, _): .far
        case .size: .size
        case .unattached: .subject
        case .contentType: .contentType
        }
    }

    /// Whether a simple condition holds for a row.
    private func holds(for record: FileRecord) -> Bool {
        switch self {
        case .everything: return true
        case .all, .any, .not: return false
        case .prefix(let text): return record.key.text.utf8.starts(with: text.utf8)
        case .tag(let name, let value): return record.tags[name] == value
        case .state(let set): return set.contains(record.state)
        case .payment(let set): return set.contains(record.payment)
        case .owner(.present): return record.times.ownerDeleted == nil
        case .owner(.deleted): return record.times.ownerDeleted != nil
        case .owner(.id(let id)): return record.owner == id
        case .kind(let set): return set.contains(record.kind)
        case .standing(let set): return set.contains(record.standing)
        case .tier(.near, let set): return set.contains(record.near)
        case .tier(.far, let set): return set.contains(record.far)
        case .size(let from, let below):
            guard let size = record.size else { return false }
            return size >= from && below.map { size < $0 } ?? true
        case .unattached: return record.subject == nil
        case .contentType(let set): return set.contains(record.contentType)
        }
    }
}
