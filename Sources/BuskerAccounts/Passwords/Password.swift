// A password as a person types it.

import BuskerCore
import Crypto

/// A password that keeps the rules; it never prints itself.
///
/// The rules follow NIST SP 800-63B: at least eight characters, anything that can be typed, no demands on its mixture; composed
/// (NFC), so that every keyboard gives the same bytes.
public struct Password: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What bcrypt is given: at most 72 bytes, no zero among them.
    let bytes: [UInt8]

    /// Takes a password that is to be set.
    ///
    /// - Throws: ``AccountsError`` with `badPassword` when it is too short, too long, or has control characters.
    public init(new text: String) throws(AccountsError) {
        self = try Password(entered: text)
        guard ComposedText.compose(text).count >= AccountLimits.passwordCharactersMin else {
            throw AccountsError(
                .badPassword, "A password has at least \(AccountLimits.passwordCharactersMin) characters.")
        }
    }

    /// Takes a password that is to be compared.
    ///
    /// - Throws: ``AccountsError`` with `badPassword` when it cannot have been set.
    public init(entered text: String) throws(AccountsError) {
        guard text.utf8.count <= AccountLimits.passwordBytesMax else {
            throw AccountsError(.badPassword, "A password has at most \(AccountLimits.passwordBytesMax) bytes.")
        }
        let bytes = Array(ComposedText.compose(text).utf8)
        guard !bytes.isEmpty, !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw AccountsError(.badPassword, "A password is not empty and has no control characters.")
        }
        self.bytes = bytes.count <= 72 ? bytes : Self.shortened(bytes)
    }

    /// A password longer than the 72 bytes that bcrypt reads, as 64 characters of HMAC-SHA-384 in base 64 under a key of its own,
    /// so that no byte of it is ignored and no plain list of SHA-384 sums helps anyone.
    private static func shortened(_ bytes: [UInt8]) -> [UInt8] {
        let key = SymmetricKey(data: Array("busker long password 1".utf8))
        let code = HMAC<SHA384>.authenticationCode(for: bytes, using: key)
        return Array(TokenText.encode(Array(code)).utf8)
    }

    /// Not the password.
    public var description: String { "Password(…)" }

    /// Not the password.
    public var debugDescription: String { description }

    /// Nothing to look at.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
