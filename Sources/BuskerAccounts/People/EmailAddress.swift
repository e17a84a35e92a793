// Where a person is reached, in one way of writing.

import BuskerCore

/// An e-mail address: checked, composed (NFC), its domain in lower case.
///
/// The part before the `@` keeps its letters as they were given, because its mail server may tell them apart; two addresses are
/// the same person's when they differ only in ASCII case. Letters that merely look alike stay different. International domains
/// are kept in their own letters.
public struct EmailAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address as mail is sent to it.
    public let text: String
    /// The address as accounts are found by it: ASCII letters in lower case.
    public let key: String

    /// Reads an address such as `Mina.Kim@example.com`.
    ///
    /// Refused are quoted names, comments, addresses of machines in brackets, domains of one label, invisible and control
    /// characters, and letters of a domain that would be written differently in a name server.
    ///
    /// - Throws: ``AccountsError`` with `badEmail`.
    public init(parsing text: String) throws(AccountsError) {
        guard text.utf8.count <= 2 * AccountLimits.emailBytesMax else { throw Self.refusal }
        let composed = ComposedText.compose(text)
        guard composed.utf8.count <= AccountLimits.emailBytesMax,
            let at = composed.unicodeScalars.lastIndex(of: "@")
        else { throw Self.refusal }
        let local = String(composed.unicodeScalars[..<at])
        let given = String(composed.unicodeScalars[composed.unicodeScalars.index(after: at)...])
        let domain = ComposedText.compose(given.lowercased())
        guard Self.isLocal(local), Self.isDomain(domain) else { throw Self.refusal }
        self.text = local + "@" + domain
        guard self.text.utf8.count <= AccountLimits.emailBytesMax else { throw Self.refusal }
        key = Self.lowered(local) + "@" + domain
    }

    /// An address that was checked before it was stored.
    init(stored text: String, key: String) {
        self.text = text
        self.key = key
    }

    /// The address.
    public var description: String { text }

    /// Whether two addresses reach the same account.
    public static func == (a: EmailAddress, b: EmailAddress) -> Bool { a.key.utf8.elementsEqual(b.key.utf8) }

    /// Hashes what accounts are found by.
    public func hash(into hasher: inout Hasher) { for byte in key.utf8 { hasher.combine(byte) } }

    private static let refusal = AccountsError(
        .badEmail, "This is no e-mail address such as name@example.com; check it and try again.")

    /// Letters that stand for themselves in a local part (RFC 5322, `atext`).
    private static let marks = Set("!#$%&'*+-/=?^_`{|}~".unicodeScalars)

    private static func isLocal(_ text: String) -> Bool {
        guard (1...AccountLimits.localBytesMax).contains(text.utf8.count) else { return false }
        let parts = text.unicodeScalars.split(separator: ".", omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            !part.isEmpty && part.allSatisfy { isWordLetter($0) || marks.contains($0) }
        }
    }

    private static func isDomain(_ text: String) -> Bool {
        guard text.utf8.count <= 253 else { return false }
        let labels = text.unicodeScalars.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, let last = labels.last else { return false }
        guard !last.allSatisfy({ ("0"..."9").contains($0) }) else { return false }
        return labels.allSatisfy { label in
            guard let first = label.first, let last = label.last, first != "-", last != "-" else { return false }
            guard String(label).utf8.count <= 63, !isMark(first) else { return false }
            return label.allSatisfy { $0 == "-" || isWordLetter($0) && isStable($0) }
        }
    }

    /// Letters, digits, and outside of ASCII the marks that belong to letters.
    private static func isWordLetter(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x30 && scalar.properties.isAlphabetic || isDigit(scalar) }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        case .nonspacingMark, .spacingMark, .decimalNumber: return !scalar.properties.isDefaultIgnorableCodePoint
        default: return false
        }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        [.nonspacingMark, .spacingMark, .enclosingMark].contains(scalar.properties.generalCategory)
    }

    /// Whether a name server writes the letter as it is; ß and ς are letters of their own there (RFC 5892).
    private static func isStable(_ scalar: Unicode.Scalar) -> Bool {
        !scalar.properties.changesWhenNFKCCaseFolded || scalar == "\u{DF}" || scalar == "\u{3C2}"
    }

    private static func lowered(_ text: String) -> String {
        let bytes = text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
        return String(decoding: bytes, as: UTF8.self)
    }
}
