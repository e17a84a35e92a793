// To whom a mail goes, or from whom it comes.

/// An address with the name of its person.
public struct MailAddress: Sendable, Hashable {
    /// What is shown beside the address; empty for nothing.
    public let name: String
    /// The address as servers take it: its domain in ASCII.
    public let address: String

    /// Reads an address such as `mina@example.com`; an international domain is written in ASCII (RFC 3492).
    ///
    /// - Parameters:
    ///   - address: the address alone, without brackets.
    ///   - name: what is shown beside it, in any letters.
    /// - Throws: ``MailError`` with `badAddress` when it is none, or when address or name would begin another header.
    public init(_ address: String, name: String = "") throws(MailError) {
        guard name.utf8.count <= MailLimits.headerBytesMax, HeaderText.isLine(name) else {
            throw MailError(.badAddress, "The name beside an address is one line of at most 500 bytes.")
        }
        guard address.utf8.count <= 254, let at = address.unicodeScalars.lastIndex(of: "@") else { throw Self.refusal }
        let local = String(address.unicodeScalars[..<at])
        let given = String(address.unicodeScalars[address.unicodeScalars.index(after: at)...])
        guard (1...64).contains(local.utf8.count), local.unicodeScalars.allSatisfy(Self.isPlain),
            given.unicodeScalars.allSatisfy(Self.isPlain),
            let domain = Punycode.domain(given.lowercased()), domain.utf8.count <= 253,
            domain.utf8.allSatisfy(Self.isDomainByte)
        else { throw Self.refusal }
        self.name = name
        self.address = local + "@" + domain
    }

    /// The domain, in ASCII.
    var domain: Substring { address.split(separator: "@").last ?? "localhost" }

    private static let refusal = MailError(
        .badAddress, "This is no address such as name@example.com that mail can be sent to.")

    /// No spaces, controls, quotes, brackets, commas, or anything else that means something to a server.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return scalar.value > 0x20 && scalar.value < 0x7F && !"()<>[]:;@\\,\"".unicodeScalars.contains(scalar)
        }
        return scalar.properties.isAlphabetic || scalar.properties.generalCategory == .decimalNumber
            || scalar.properties.generalCategory == .nonspacingMark
    }

    private static func isDomainByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7A, 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }
}
