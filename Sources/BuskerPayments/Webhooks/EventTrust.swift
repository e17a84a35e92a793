// How far the body of a signed event may be believed.

/// How far the body of a signed event may be believed, as a type.
///
/// Only ``FullBody`` and ``HintOnly`` are used.
public protocol EventTrust: Sendable {
    /// The name of the trust, such as `full_body`.
    static var name: String { get }
}

/// The signature covers every byte of the body.
public enum FullBody: EventTrust {
    /// `full_body`.
    public static let name = "full_body"
}

/// The signature covers a checksum that can be forged: the event says at most which object to fetch.
public enum HintOnly: EventTrust {
    /// `hint_only`.
    public static let name = "hint_only"
}
