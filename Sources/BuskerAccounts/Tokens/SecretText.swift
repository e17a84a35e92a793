// A secret that is shown once and never by accident.

/// A token, key or password on its way to whom it belongs; it never prints itself.
public struct SecretText: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself: for the answer, the header or the link it is made for.
    public let secret: String

    /// Keeps a text from being shown.
    public init(_ secret: String) { self.secret = secret }

    /// Not the secret.
    public var description: String { "SecretText(…)" }

    /// Not the secret.
    public var debugDescription: String { description }

    /// Nothing to look at.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
