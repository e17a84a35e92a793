// Who wants to be told, and what was told.

public import BuskerCore
import BuskerDatabase

/// What ids of endpoints name.
public enum EndpointKind: IDKind {
    /// `ep`.
    public static let prefix = "ep"
}

/// The name of an endpoint.
public typealias EndpointID = ID<EndpointKind>

/// What ids of messages name.
public enum MessageKind: IDKind {
    /// `msg`.
    public static let prefix = "msg"
}

/// The name of a message, the same for every endpoint and every attempt.
public typealias MessageID = ID<MessageKind>

/// Somebody's server that wants to be told.
public struct WebhookEndpoint: Sendable, Hashable {
    /// Its name.
    public let id: EndpointID
    /// Whose it is.
    public let owner: String
    /// Where it is.
    public let url: String
    /// The types that it wants, such as `job.completed` or `job.*`; all when there are none.
    public let types: [String]
    /// When it was added.
    public let createdAt: Timestamp
    /// Since when nothing reached it; nothing while it answers.
    public let failingSince: Timestamp?
    /// When it was given up; nothing is sent to it any more.
    public let disabledAt: Timestamp?
    /// Why it was given up.
    public let reason: String?

    /// Whether it wants messages of a type.
    public func wants(_ type: String) -> Bool {
        types.isEmpty
            || types.contains { wanted in
                wanted == type || wanted.hasSuffix(".*") && type.hasPrefix(wanted.dropLast())
            }
    }
}

/// Something that happened, for those who want to be told.
public struct WebhookMessage: Sendable {
    /// What happened: words of lower-case letters, digits and `_`, joined by points, such as `job.completed`.
    public let type: String
    /// What is told.
    public let data: JSON

    /// Makes a message.
    public init(type: String, data: JSON) {
        self.type = type
        self.data = data
    }

    /// Whether a text may name a type.
    static func isType(_ type: String) -> Bool {
        type.utf8.count <= 128
            && type.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { word in
                !word.isEmpty
                    && word.utf8.allSatisfy {
                        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
                    }
            }
    }
}

/// Reads and writes endpoints.
enum EndpointRows {
    static let columns: SQL = """
        id, owner, url, types, created_us, failing_us, disabled_us, reason, secret, old_secret, old_until_us
        """

    static func list(_ condition: SQL, in tx: ReadTransaction) throws -> [WebhookEndpoint] {
        try tx.rows("SELECT \(columns) FROM jobs_endpoint WHERE \(condition)").map(endpoint)
    }

    /// An endpoint with the keys that sign at a moment, the new one first.
    static func keyed(_ id: EndpointID, at now: Timestamp, in tx: ReadTransaction) throws -> (
        endpoint: WebhookEndpoint, keys: [String]
    )? {
        guard let row = try tx.first("SELECT \(columns) FROM jobs_endpoint WHERE id = \(id)") else { return nil }
        var keys = [try row.get(8, as: String.self)]
        let old = try row.get(9, as: String?.self)
        if let old, let until = try row.get(10, as: Timestamp?.self), now < until { keys.append(old) }
        return (try endpoint(row), keys)
    }

    private static func endpoint(_ row: Row) throws -> WebhookEndpoint {
        WebhookEndpoint(
            id: try row.get(0), owner: try row.get(1), url: try row.get(2),
            types: try row.get(3, as: String.self).split(separator: " ").map(String.init), createdAt: try row.get(4),
            failingSince: try row.get(5), disabledAt: try row.get(6), reason: try row.get(7))
    }
}
