// An address that carries its own signature.

public import HTTPTypes

/// A signed address, and what must be sent with it; the address itself is the permission, so it is not printed.
public struct PresignedRequest: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The address.
    public let url: String
    /// The only method that the address is good for.
    public let method: HTTPRequest.Method
    /// Headers that must be sent exactly so.
    public let headers: HTTPFields
    /// The signature and what it was made of.
    public let signature: SigV4Signature

    /// The method only.
    public var description: String { "PresignedRequest(\(method.rawValue), …)" }

    /// The method only.
    public var debugDescription: String { description }

    /// Nothing to look at.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
