// The one secret of a service, from which its keys are made.

import Crypto

/// The secret key of a service, as its configuration gives it (`SECRET_KEY`).
///
/// Each use has a key of its own, made from it (HKDF with SHA-256, RFC 5869), so that what leaks of one says nothing of another.
public struct SecretKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The fewest and the most bytes of a key.
    public static let bytesMin = 32
    /// The most bytes of a key.
    public static let bytesMax = 4096

    private let key: SymmetricKey

    /// Takes a key that was made by chance: `openssl rand -base64 48` prints one.
    ///
    /// - Throws: ``AccountsError`` with `weakSecret` when it is short, regular, or looks like the example of a manual.
    public init(parsing text: String) throws(AccountsError) {
        let bytes = Array(text.utf8)
        guard (Self.bytesMin...Self.bytesMax).contains(bytes.count) else {
            throw Self.weak("has \(bytes.count) bytes; \(Self.bytesMin) to \(Self.bytesMax) are needed")
        }
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Self.weak("has white space or characters outside of ASCII; was it read together with its line end?")
        }
        guard Set(bytes).count >= 12, Self.steps(bytes) * 2 < bytes.count, !Self.repeats(bytes) else {
            throw Self.weak("repeats itself or counts up")
        }
        let plain = String(decoding: bytes, as: UTF8.self).lowercased().filter { $0.isLetter || $0.isNumber }
        for word in Self.examples where plain.contains(word) {
            throw Self.weak("contains \"\(word)\", so it looks like the example of a manual")
        }
        key = SymmetricKey(data: bytes)
    }

    /// The key of one use, 32 bytes.
    func derived(for use: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, salt: Array("busker secret key 1".utf8), info: Array(use.utf8), outputByteCount: 32)
    }

    /// Not the key.
    public var description: String { "SecretKey(…)" }

    /// Not the key.
    public var debugDescription: String { description }

    /// Nothing to look at.
    public var customMirror: Mirror { Mirror(self, children: []) }

    private static let examples = [
        "changeme", "changethis", "replaceme", "secretkey", "yoursecret", "mysecret", "supersecret", "topsecret",
        "placeholder", "example", "password", "default", "insecure", "development", "letmein", "qwerty",
    ]

    private static func weak(_ why: String) -> AccountsError {
        AccountsError(
            .weakSecret, "The secret key \(why). Make one with `openssl rand -base64 48`, and keep it out of the code.")
    }

    /// How many bytes follow from the one before: the same, one more, or one less.
    private static func steps(_ bytes: [UInt8]) -> Int {
        zip(bytes, bytes.dropFirst()).count { abs(Int($0) - Int($1)) <= 1 }
    }

    /// Whether the whole is a shorter piece over and over.
    private static func repeats(_ bytes: [UInt8]) -> Bool {
        (1...16).contains { period in
            zip(bytes, bytes.dropFirst(period)).allSatisfy { $0 == $1 }
        }
    }
}
