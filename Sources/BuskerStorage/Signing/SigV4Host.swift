// The scheme, host and port of an address.

/// Where a request goes: a scheme, a host in lower case (an IPv6 address in brackets), and perhaps a port.
public struct SigV4Host: Sendable, Hashable {
    /// `https` or `http`.
    public let scheme: String
    /// The host, in lower case.
    public let name: String
    /// The port; nothing when the address has none.
    public let port: UInt16?

    /// The host and the port as the address has them.
    public var authority: String { port.map { "\(name):\($0)" } ?? name }

    /// The value of the `Host` header: without the port when it is the usual one of the scheme.
    public let signed: String

    /// Whether the host is an IP address, before which no name can be put.
    public var isAddress: Bool {
        name.hasPrefix("[") || name.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
    }

    /// Checks the parts of an address.
    ///
    /// - Throws: ``StorageError`` with `badAddress`.
    public init(scheme: String, name: String, port: UInt16? = nil) throws(StorageError) {
        let scheme = scheme.lowercased()
        guard scheme == "https" || scheme == "http" else {
            throw StorageError(.badAddress, "An address begins neither with https:// nor with http://.")
        }
        guard Self.isHost(name), port != 0 else {
            throw StorageError(
                .badAddress, "An address has no host name, or not one; write an IPv6 address in brackets.")
        }
        let lower = name.lowercased()
        let isUsual = port == (scheme == "https" ? 443 : 80)
        self.scheme = scheme
        self.name = lower
        self.port = port
        signed = port.flatMap { isUsual ? nil : "\(lower):\($0)" } ?? lower
    }

    /// Reads `host` or `host:port`.
    ///
    /// - Throws: ``StorageError`` with `badAddress`.
    public init(scheme: String, authority: String) throws(StorageError) {
        guard let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") else {
            try self.init(scheme: scheme, name: authority)
            return
        }
        let digits = authority[authority.index(after: colon)...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits) else {
            throw StorageError(.badAddress, "The port of an address is not a number between 1 and 65535.")
        }
        try self.init(scheme: scheme, name: String(authority[..<colon]), port: port)
    }

    /// The host with a label in front, as in `bucket.s3.amazonaws.com`.
    func prefixed(by label: String) throws(StorageError) -> SigV4Host {
        try SigV4Host(scheme: scheme, name: "\(label).\(name)", port: port)
    }

    private static func isHost(_ name: String) -> Bool {
        let bytes = name.utf8
        guard !bytes.isEmpty, bytes.count <= 255 else { return false }
        if name.hasPrefix("[") {
            return name.hasSuffix("]") && bytes.count >= 4
                && bytes.dropFirst().dropLast().allSatisfy { isHexadecimal($0) || $0 == 0x3A || $0 == 0x2E }
        }
        return bytes.allSatisfy { PercentEncoding.isUnreserved($0) && $0 != UInt8(ascii: "~") }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}
