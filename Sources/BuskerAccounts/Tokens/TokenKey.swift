// A key that signs access tokens, and its name.

import BuskerCore
import Crypto

/// A key of access tokens; which algorithm it serves is part of the key, never of a token.
public struct TokenKey: Sendable, CustomStringConvertible, CustomReflectable {
    enum Kind: Sendable {
        case hmac(SymmetricKey)
        case p256(P256.Signing.PrivateKey)
        case p256Public(P256.Signing.PublicKey)
    }

    /// The name of the key in the header of its tokens (`kid`), made from the key.
    public let id: String
    let kind: Kind

    /// A key for HS256 (RFC 7518, section 3.2), made from the secret key of the service.
    public init(_ secret: SecretKey) {
        let key = secret.derived(for: "access token HS256")
        kind = .hmac(key)
        id = Self.name(of: unsafe key.withUnsafeBytes { unsafe Array($0) })
    }

    /// A key for ES256 (RFC 7518, section 3.4), so that other services can verify what they cannot sign.
    ///
    /// - Parameter privateKey: the 32 bytes of the private key on the curve P-256.
    /// - Throws: ``AccountsError`` with `weakSecret` when they are no such key.
    public init(p256 privateKey: [UInt8]) throws(AccountsError) {
        guard let key = try? P256.Signing.PrivateKey(rawRepresentation: privateKey) else { throw Self.noKey }
        kind = .p256(key)
        id = Self.name(of: Array(key.publicKey.rawRepresentation))
    }

    /// The public part of a key for ES256, which verifies only.
    ///
    /// - Parameter publicKey: the 64 bytes of the point.
    /// - Throws: ``AccountsError`` with `weakSecret` when they are no point of the curve.
    public init(p256Public publicKey: [UInt8]) throws(AccountsError) {
        guard let key = try? P256.Signing.PublicKey(rawRepresentation: publicKey) else { throw Self.noKey }
        kind = .p256Public(key)
        id = Self.name(of: publicKey)
    }

    /// The 64 bytes that a service needs to verify tokens of this key; nothing for HS256, whose key is secret.
    public var publicKey: [UInt8]? {
        switch kind {
        case .hmac: nil
        case .p256(let key): Array(key.publicKey.rawRepresentation)
        case .p256Public(let key): Array(key.rawRepresentation)
        }
    }

    var algorithm: String {
        if case .hmac = kind { return "HS256" }
        return "ES256"
    }

    /// The first part of every token of this key, as text of base 64.
    var header: String {
        let header: JSON = ["alg": .text(algorithm), "kid": .text(id), "typ": .text("at+jwt")]
        return TokenText.encode(header.bytes)
    }

    /// The signature; nothing when the key verifies only.
    func sign(_ bytes: [UInt8]) -> [UInt8]? {
        switch kind {
        case .hmac(let key): Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
        case .p256(let key): (try? key.signature(for: bytes)).map { Array($0.rawRepresentation) }
        case .p256Public: nil
        }
    }

    /// Whether a signature is the key's; in a time that does not depend on how wrong it is.
    func verifies(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        switch kind {
        case .hmac(let key):
            return HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: bytes, using: key)
        case .p256(let key): return Self.verifies(signature, of: bytes, key.publicKey)
        case .p256Public(let key): return Self.verifies(signature, of: bytes, key)
        }
    }

    private static func verifies(_ signature: [UInt8], of bytes: [UInt8], _ key: P256.Signing.PublicKey) -> Bool {
        guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
        return key.isValidSignature(signature, for: bytes)
    }

    private static func name(of key: [UInt8]) -> String {
        TokenText.encode(Array(TokenText.sum(Array("busker token key".utf8) + key).prefix(9)))
    }

    private static let noKey = AccountsError(.weakSecret, "The bytes are no key of the curve P-256.")

    /// The algorithm and the name; not the key.
    public var description: String { "TokenKey(\(algorithm), \(id))" }

    /// Nothing to look at.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
