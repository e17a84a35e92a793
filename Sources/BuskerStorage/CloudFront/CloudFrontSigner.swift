// Signs addresses and cookies for CloudFront.

public import BuskerCore
import Crypto
import CryptoExtras

/// Signs with the private key of a CloudFront key pair (RSA, PKCS #1 v1.5); it never prints the key.
public struct CloudFrontSigner: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The hash that is signed.
    public enum Hash: Sendable, Hashable {
        /// SHA-1, which every distribution accepts.
        case sha1
        /// SHA-256, which is announced by a parameter of its own.
        case sha256
    }

    private let keyPairID: String
    private let hash: Hash
    private let key: _RSA.Signing.PrivateKey

    /// Takes a key.
    ///
    /// - Parameters:
    ///   - keyPairID: the id of the public key at CloudFront.
    ///   - pem: the private key, at least 2048 bits.
    ///   - hash: the hash that is signed.
    /// - Throws: ``StorageError`` with `badCredentials`.
    public init(keyPairID: String, pem: String, hash: Hash = .sha1) throws(StorageError) {
        guard !keyPairID.isEmpty, keyPairID.utf8.count <= 128, keyPairID.utf8.allSatisfy(PercentEncoding.isUnreserved)
        else {
            throw StorageError(.badCredentials, "The id of a key pair is blank or has other than letters and digits.")
        }
        guard let key = try? _RSA.Signing.PrivateKey(pemRepresentation: pem) else {
            throw StorageError(.badCredentials, "The private key is not an RSA key of at least 2048 bits in PEM.")
        }
        self.keyPairID = keyPairID
        self.hash = hash
        self.key = key
    }

    /// The address with a canned policy: this one address until then.
    ///
    /// - Throws: ``StorageError`` with `badAddress` for an address that is not encoded or has parameters of a signature.
    public func sign(_ url: String, expires: Timestamp) throws(StorageError) -> String {
        let policy = CloudFrontPolicy(resource: url, expires: expires)
        return Self.joined(url, try fields(url, policy: policy, isCanned: true))
    }

    /// The address with a policy of one's own.
    ///
    /// - Throws: ``StorageError`` with `badAddress` or `badRequest`.
    public func sign(_ url: String, policy: CloudFrontPolicy) throws(StorageError) -> String {
        Self.joined(url, try fields(url, policy: policy, isCanned: false))
    }

    /// Cookies that open one address until then.
    ///
    /// - Throws: ``StorageError`` with `badAddress`.
    public func cookies(
        for url: String, expires: Timestamp
    ) throws(StorageError) -> [(name: String, value: String)] {
        Self.cookies(try fields(url, policy: CloudFrontPolicy(resource: url, expires: expires), isCanned: true))
    }

    /// Cookies that open what a policy says.
    ///
    /// - Throws: ``StorageError`` with `badRequest`.
    public func cookies(policy: CloudFrontPolicy) throws(StorageError) -> [(name: String, value: String)] {
        Self.cookies(try fields(nil, policy: policy, isCanned: false))
    }

    /// The id of the key pair only.
    public var description: String { "CloudFrontSigner(\(keyPairID), …)" }

    /// The id of the key pair only.
    public var debugDescription: String { description }

    /// Nothing to look at.
    public var customMirror: Mirror { Mirror(self, children: []) }

    private func fields(
        _ url: String?, policy: CloudFrontPolicy, isCanned: Bool
    ) throws(StorageError) -> [(name: String, value: String)] {
        if let url { try CloudFrontPolicy.check(url: url) }
        let text = try policy.text()
        let first = isCanned ? ("Expires", String(policy.expirySeconds)) : ("Policy", Self.encoded(text))
        var fields = [first, ("Signature", Self.encoded(try signature(of: text))), ("Key-Pair-Id", keyPairID)]
        if hash == .sha256 { fields.append(("Hash-Algorithm", "SHA256")) }
        return fields.map { (name: $0.0, value: $0.1) }
    }

    private func signature(of text: [UInt8]) throws(StorageError) -> [UInt8] {
        do {
            let signature =
                switch hash {
                case .sha1: try key.signature(for: Insecure.SHA1.hash(data: text), padding: .insecurePKCS1v1_5)
                case .sha256: try key.signature(for: SHA256.hash(data: text), padding: .insecurePKCS1v1_5)
                }
            return Array(signature.rawRepresentation)
        } catch {
            throw StorageError(.badCredentials, "The private key did not sign; is it whole?")
        }
    }

    /// Base 64 with `-`, `_` and `~` for `+`, `=` and `/`, which is not the alphabet of base 64 for addresses.
    private static func encoded(_ bytes: [UInt8]) -> String {
        let text = Base64.encode(bytes).utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "="): UInt8(ascii: "_")
            case UInt8(ascii: "/"): UInt8(ascii: "~")
            default: byte
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func joined(_ url: String, _ fields: [(name: String, value: String)]) -> String {
        url + (url.contains("?") ? "&" : "?") + fields.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    private static func cookies(_ fields: [(name: String, value: String)]) -> [(name: String, value: String)] {
        fields.map { (name: "CloudFront-" + $0.name, value: $0.value) }
    }
}
