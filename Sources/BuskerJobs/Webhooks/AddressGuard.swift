// Which machines of the network a webhook may reach.

/// Tells addresses of the public network from those that lead inside: our own machines, our cloud's data service, our neighbours.
///
/// The ranges are those of IANA's registries of special-purpose addresses. Addresses that carry another one (mapped, translated,
/// 6to4, Teredo) are refused as a whole, but for mapped ones, which stand for the address they carry.
public struct AddressGuard: Sendable, Hashable {
    /// A block of addresses: those whose first `bits` bits are those of `base`.
    public struct Block: Sendable, Hashable {
        let base: [UInt8]
        let bits: Int

        /// The block that a text names, such as `10.0.0.0/8`; nothing when it names none.
        public init?(_ text: String) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let base = IPAddress(String(parts[0])), (1...3).contains(parts[1].utf8.count),
                parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let bits = Int(parts[1]),
                bits <= base.bytes.count * 8
            else { return nil }
            self.base = base.bytes
            self.bits = bits
        }

        /// Whether an address lies in the block.
        public func contains(_ address: IPAddress) -> Bool {
            guard address.bytes.count == base.count else { return false }
            for at in 0..<base.count {
                let left = min(max(bits - at * 8, 0), 8)
                let mask = UInt8(truncatingIfNeeded: 0xFF00 >> left)
                guard address.bytes[at] & mask == base[at] & mask else { return false }
            }
            return true
        }
    }

    /// Addresses that may be reached although they lead inside, such as a relay of the host's own.
    public let allowed: [Block]

    /// Makes a guard.
    public init(allowed: [Block] = []) { self.allowed = allowed }

    private static let refused: [Block] = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "3fff::/20",
        "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    ].compactMap { Block($0) }

    private static let mapped: [UInt8] = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]

    /// Whether a webhook may be sent to this address.
    public func permits(_ address: IPAddress) -> Bool {
        var address = address
        if address.bytes.starts(with: Self.mapped), let inner = IPAddress(bytes: Array(address.bytes.suffix(4))) {
            address = inner
        }
        if allowed.contains(where: { $0.contains(address) }) { return true }
        return !Self.refused.contains { $0.contains(address) }
    }

    /// Refuses a host of which any address leads inside, or that has none.
    ///
    /// - Throws: ``JobError`` with `refusedAddress`.
    public func check(_ addresses: [IPAddress]) throws(JobError) {
        guard !addresses.isEmpty, addresses.allSatisfy(permits) else {
            throw JobError(
                .refusedAddress, "The host has an address that webhooks are not sent to, or none; use a public one.")
        }
    }
}
