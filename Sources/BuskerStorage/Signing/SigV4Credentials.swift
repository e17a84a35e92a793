// Who signs: an access key, its secret and perhaps a token.

/// An access key id, its secret, and the token of a session; the secret and the token never print themselves.
public struct SigV4Credentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The most bytes of each part.
    public static let bytesMax = 8192

    /// The access key id, which is no secret.
    public let accessKeyID: String
    /// The token of a temporary key.
    public let sessionToken: String?
    let secret: String

    /// Takes the parts as the provider shows them.
    ///
    /// - Throws: ``StorageError`` with `badCredentials` when a part is blank, has white space or is not ASCII.
    public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) throws(StorageError) {
        for part in [accessKeyID, secretAccessKey, sessionToken ?? "-"] {
            guard !part.isEmpty, part.utf8.count <= Self.bytesMax,
                part.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else {
                throw StorageError(
                    .badCredentials,
                    "A key, secret or token is blank, too long, or has white space; was it read together with its line end?"
                )
            }
        }
        self.accessKeyID = accessKeyID
        self.sessionToken = sessionToken
        secret = secretAccessKey
    }

    /// The access key id only.
    public var description: String { "SigV4Credentials(\(accessKeyID), …)" }

    /// The access key id only.
    public var debugDescription: String { description }

    /// Nothing to look at.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
