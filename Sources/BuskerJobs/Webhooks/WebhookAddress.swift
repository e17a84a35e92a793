// Where a webhook is sent, checked by its form.

/// What addresses of endpoints may look like.
public struct WebhookRules: Sendable, Hashable {
    /// Whether `http` may be used; for development.
    public var mayBePlain: Bool
    /// The ports that may be used with `http`.
    public var plainPorts: Set<Int> = [80, 8080]
    /// The ports that may be used with `https`.
    public var ports: Set<Int>
    /// Addresses that may be reached although they lead inside, also when they are named by number.
    public var addresses: AddressGuard

    /// Makes rules: only `https` on 443 and 8443 unless said otherwise.
    public init(
        mayBePlain: Bool = false, ports: Set<Int> = [443, 8443], addresses: AddressGuard = AddressGuard()
    ) {
        self.mayBePlain = mayBePlain
        self.ports = ports
        self.addresses = addresses
    }
}

/// The address of an endpoint.
public struct WebhookAddress: Sendable, Hashable, CustomStringConvertible {
    /// `https`, or `http`.
    public let scheme: String
    /// The host in lower case, or an address by number, without brackets.
    public let host: String
    /// The port.
    public let port: Int
    /// Path and query, beginning with `/`.
    public let path: String
    /// The address by number, where the host is one.
    public let literal: IPAddress?

    /// The address as text.
    public var description: String { "\(scheme)://\(authority)\(path)" }

    /// Host and port as a request names them.
    public var authority: String {
        let name = literal?.bytes.count == 16 ? "[\(host)]" : host
        return port == (scheme == "https" ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// Reads an address.
    ///
    /// - Throws: ``JobError`` with `refusedAddress` for another scheme or port, a name or password before the host, an address by number
    ///   that is not allowed, or a host that no public name server knows.
    public init(_ text: String, rules: WebhookRules) throws(JobError) {
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !text.utf8.contains(where: { [0x5C, 0x22, 0x3C, 0x3E, 0x5E, 0x60, 0x7B, 0x7C, 0x7D].contains($0) }),
            !text.contains("#"), let mark = text.firstRange(of: "://")
        else { throw Self.refusal("It is no address, or has a fragment or characters that must be escaped.") }
        scheme = text[..<mark.lowerBound].lowercased()
        guard scheme == "https" || scheme == "http" && rules.mayBePlain else {
            throw Self.refusal("It must begin with https.")
        }
        let rest = text[mark.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.contains("@") else { throw Self.refusal("It must not hold a name or password.") }
        path = (rest[end...].first == "/" ? "" : "/") + rest[end...]
        let (name, port) = try Self.split(authority)
        self.port = port ?? (scheme == "https" ? 443 : 80)
        let ports: Set<Int> = scheme == "https" ? rules.ports : rules.plainPorts
        guard ports.contains(self.port) else {
            throw Self.refusal("Its port must be one of \(ports.sorted().map(String.init).joined(separator: ", ")).")
        }
        host = name.lowercased()
        literal = IPAddress(host)
        if let literal {
            guard rules.addresses.allowed.contains(where: { $0.contains(literal) }) else {
                throw Self.refusal("It must have a host name instead of a number.")
            }
        } else {
            guard Self.isName(host) else { throw Self.refusal("Its host is not a public name.") }
        }
    }

    private static func split(_ authority: Substring) throws(JobError) -> (name: Substring, port: Int?) {
        var name = authority
        var tail: Substring?
        if authority.first == "[" {
            guard let close = authority.firstIndex(of: "]") else { throw refusal("Its host is cut off.") }
            name = authority[authority.index(after: authority.startIndex)..<close]
            guard name.contains(":") else { throw refusal("Only an address of version 6 has brackets.") }
            let after = authority[authority.index(after: close)...]
            guard after.isEmpty || after.first == ":" else { throw refusal("Its port is none.") }
            tail = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            name = authority[..<colon]
            tail = authority[authority.index(after: colon)...]
        }
        guard let tail else { return (name, nil) }
        guard (1...5).contains(tail.utf8.count), tail.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(tail)
        else { throw refusal("Its port is none.") }
        return (name, port)
    }

    /// A name of two labels or more whose last one is not a number: what resolvers read as a number in other forms is refused.
    private static func isName(_ host: String) -> Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, labels.count >= 2, let last = labels.last else { return false }
        let inside = ["localhost", "local", "internal", "localdomain", "arpa", "onion", "test", "invalid", "lan"]
        guard !inside.contains(String(last)), last.utf8.contains(where: { (0x61...0x7A).contains($0) }),
            !last.hasPrefix("0x")
        else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        }
    }

    private static func refusal(_ why: String) -> JobError {
        JobError(.refusedAddress, "The address of the endpoint cannot be used. \(why)")
    }
}
