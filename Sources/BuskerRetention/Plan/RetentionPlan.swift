// What a policy would do to all files, written down before anything happens.

public import BuskerCore
import Crypto

/// What ids of plans begin with.
public enum PlanKind: IDKind {
    /// The prefix `plan_`.
    public static let prefix = "plan"
}

/// The id of a plan.
public typealias PlanID = ID<PlanKind>

/// A plan: which policy judged all files when, what came of it, and what is unusual about it.
///
/// The items are apart.
public struct RetentionPlan: Sendable, Hashable {
    /// The id.
    public let id: PlanID
    /// The name of the policy.
    public let policy: String
    /// Its edition.
    public let policyVersion: Int64
    /// Its digest.
    public let policyDigest: String
    /// The moment at which files were judged.
    public let at: Timestamp
    /// What there is and what would be done.
    public let totals: PlanTotals
    /// The SHA-256 of policy, moment, items and totals, 64 hexadecimal digits.
    public let digest: String
    /// Whether the edition is new, so that nothing will be done.
    public let isDry: Bool
    /// What must be looked at before anything is deleted.
    public let brakes: [Brake]
}

/// What there is and what would be done.
public struct PlanTotals: Sendable, Hashable {
    /// All files that are there, those included whose deletion can be undone.
    public var files: Int64 = 0
    /// Their bytes.
    public var bytes: Int64 = 0
    /// Rows that were judged; the others are certain to stay as they are.
    public var judged: Int64 = 0
    /// Items, those of rehearsed rules aside.
    public var items: Int64 = 0
    /// Items of rules that are only rehearsed.
    public var rehearsed: Int64 = 0
    /// Files that would be deleted in a way that can be undone.
    public var deletes: Int64 = 0
    /// Their bytes.
    public var deleteBytes: Int64 = 0
    /// Files whose bytes would go for good.
    public var purges: Int64 = 0
    /// Their bytes.
    public var purgeBytes: Int64 = 0
    /// Files whose owner went away and that something keeps: nobody reads them any more.
    public var restricts: Int64 = 0
    /// Deletions that wait for a rule that keeps the file.
    public var conflicts: Int64 = 0

    /// Nothing yet.
    public init() {}

    /// The number that whoever releases the brake must name.
    public var ends: Int64 { deletes + purges }

    static let fields: [(name: String, path: any WritableKeyPath<PlanTotals, Int64> & Sendable)] = [
        ("files", \.files), ("bytes", \.bytes), ("judged", \.judged), ("items", \.items), ("rehearsed", \.rehearsed),
        ("deletes", \.deletes), ("deleteBytes", \.deleteBytes), ("purges", \.purges), ("purgeBytes", \.purgeBytes),
        ("restricts", \.restricts), ("conflicts", \.conflicts),
    ]

    /// The totals as an object.
    public var json: JSON { .object(Self.fields.map { ($0.name, .number(self[keyPath: $0.path])) }) }

    init?(_ value: JSONValue) {
        for field in Self.fields {
            guard let number = value[field.name]?.integer else { return nil }
            self[keyPath: field.path] = number
        }
    }

    /// Counts an item.
    mutating func count(_ item: PlanItem) {
        guard !item.isRehearsed else {
            rehearsed += 1
            return
        }
        items += 1
        switch item.step.action {
        case .delete:
            deletes += 1
            deleteBytes = deleteBytes.addingReportingOverflow(item.size).partialValue
        case .purge:
            purges += 1
            purgeBytes = purgeBytes.addingReportingOverflow(item.size).partialValue
        case .restrict: restricts += 1
        default: break
        }
    }
}

/// The digest of a plan in the making.
struct PlanDigest {
    private var sum = SHA256()

    init(_ id: PlanID, _ policyDigest: String, at: Timestamp) {
        sum.update(data: Array("\(id)\n\(policyDigest)\n\(at.iso8601)\n".utf8))
    }

    mutating func add(_ item: PlanItem) {
        sum.update(data: item.line.bytes)
        sum.update(data: [0x0A])
    }

    func text(_ totals: PlanTotals) -> String {
        var sum = sum
        sum.update(data: totals.json.bytes)
        return RetentionPolicy.hexadecimal(sum.finalize())
    }
}
