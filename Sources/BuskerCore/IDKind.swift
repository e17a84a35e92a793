// What an id names.

/// A kind of thing that ids name; an empty enum with a prefix is enough.
///
/// ```swift
/// enum JobKind: IDKind { static let prefix = "job" }
/// ```
public protocol IDKind: Sendable {
    /// What the text of an id begins with: lower-case letters, such as `txn`.
    static var prefix: String { get }
}
