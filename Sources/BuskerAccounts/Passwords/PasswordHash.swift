// What is stored of a password.

/// A hash of bcrypt as it is stored: `$2b$10$` and 53 characters; `$2a$` and `$2y$` of elsewhere are verified too.
public struct PasswordHash: Sendable, Hashable, CustomStringConvertible {
    /// The whole text: kind, cost, salt and hash.
    let text: String
    /// The cost: the binary logarithm of the rounds.
    public let cost: Int

    /// Reads a stored hash, such as one that another service made.
    ///
    /// - Throws: ``AccountsError`` with `badRequest` when it is no hash of bcrypt.
    public init(parsing text: String) throws(AccountsError) {
        let bytes = Array(text.utf8)
        let kinds = ["$2a$", "$2b$", "$2y$"].map { Array($0.utf8) }
        guard bytes.count == 60, kinds.contains(Array(bytes[..<4])), bytes[6] == UInt8(ascii: "$"),
            bytes[4...5].allSatisfy({ (0x30...0x39).contains($0) }), bytes[7...].allSatisfy(Self.isDigit)
        else { throw Self.refusal }
        let cost = Int(bytes[4] - 0x30) * 10 + Int(bytes[5] - 0x30)
        guard (4...31).contains(cost) else { throw Self.refusal }
        self.text = text
        self.cost = cost
    }

    private static let refusal = AccountsError(
        .badRequest, "This is no hash of bcrypt, such as $2b$10$ and 53 characters.")

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "/"), 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// The kind and the cost; not the salt, not the hash.
    public var description: String { "bcrypt(\(cost))" }
}
