// What is unusual about a plan, so that nothing is deleted before somebody looked.

import BuskerCore

/// A reason to stop before the first deletion.
public struct Brake: Sendable, Hashable, CustomStringConvertible {
    /// What is unusual.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// More files would go than one run may delete.
        case deletes
        /// A larger share of all files would go; `limit` is percent.
        case objects
        /// A larger share of all bytes would go; `limit` is percent.
        case bytes
        /// A larger share of one owner's files would go; `limit` is percent.
        case owner
        /// Many times more files would go than the median of the runs before, which is `whole`; `limit` is how many times.
        case anomaly
    }

    /// What is unusual.
    public let kind: Kind
    /// How many files or bytes would go.
    public let count: Int64
    /// Of how many.
    public let whole: Int64
    /// What one run may do.
    public let limit: Int64
    /// Whose files, where it is about one owner.
    public let owner: String?

    init(_ kind: Kind, count: Int64, of whole: Int64, limit: Int64, owner: String? = nil) {
        self.kind = kind
        self.count = count
        self.whole = whole
        self.limit = limit
        self.owner = owner
    }

    /// The reason in plain words.
    public var description: String {
        switch kind {
        case .deletes: "\(count) files would go; one run deletes at most \(limit)"
        case .objects: "\(count) of \(whole) files would go; one run deletes at most \(limit) %"
        case .bytes: "\(count) of \(whole) bytes would go; one run deletes at most \(limit) %"
        case .owner: "\(count) of the \(whole) files of '\(owner ?? "")' would go; one run deletes at most \(limit) %"
        case .anomaly: "\(count) files would go; the runs before deleted \(whole), and \(limit) times that is the most"
        }
    }

    var json: JSON {
        [
            "kind": .text(kind.rawValue), "count": .number(count), "of": .number(whole), "limit": .number(limit),
            "owner": owner.map(JSON.text),
        ]
    }

    init?(_ value: JSONValue) {
        guard let kind = value["kind"]?.text.flatMap(Kind.init(rawValue:)), let count = value["count"]?.integer,
            let whole = value["of"]?.integer, let limit = value["limit"]?.integer
        else { return nil }
        self.init(kind, count: count, of: whole, limit: limit, owner: value["owner"]?.text)
    }
}
