// Where a provider's interface is.

/// The scheme, the host and the beginning of every path of an interface.
///
/// Keys travel in headers, so plain HTTP is only for a server on this machine.
struct ProviderAddress: Sendable, Hashable {
    let scheme: String
    let authority: String
    let prefix: String

    /// Reads an address such as `https://api.stripe.com` or `http://127.0.0.1:8080`.
    ///
    /// - Throws: ``PaymentError`` with `badRequest`.
    init(_ url: String) throws(PaymentError) {
        let bytes = Array(url.utf8)
        let isSecure = url.hasPrefix("https://")
        guard isSecure || url.hasPrefix("http://"), bytes.count <= 500, bytes.allSatisfy(Self.isPlain) else {
            throw Self.refusal
        }
        let rest = bytes.dropFirst(isSecure ? 8 : 7)
        let host = rest.prefix { $0 != UInt8(ascii: "/") }
        var path = rest.dropFirst(host.count)
        if path.last == UInt8(ascii: "/") { path = path.dropLast() }
        guard !host.isEmpty else { throw Self.refusal }
        scheme = isSecure ? "https" : "http"
        authority = String(decoding: host, as: UTF8.self)
        prefix = String(decoding: path, as: UTF8.self)
        guard isSecure || isLocal else {
            throw PaymentError(.badRequest, "Keys are not sent over plain HTTP to another machine; use https.")
        }
    }

    /// The host without its port.
    var host: String {
        if authority.hasPrefix("[") { return String(authority.prefix { $0 != "]" }.dropFirst()) }
        return String(authority.prefix { $0 != ":" })
    }

    private var isLocal: Bool { ["127.0.0.1", "localhost", "::1"].contains(host) }

    /// Refuses the host of the other mode, where the provider has one for each.
    ///
    /// - Throws: ``PaymentError`` with `unauthorised`.
    func check(_ mode: PaymentMode, live: String, test: String) throws(PaymentError) {
        guard host != (mode == .live ? test : live) else {
            throw PaymentError(.unauthorised, "The address \(host) is not of \(mode) mode; keep the modes apart.")
        }
    }

    private static var refusal: PaymentError {
        PaymentError(.badRequest, "The provider's address is none; write it like https://api.example.com.")
    }

    /// Printable ASCII without what begins a user, a query, a fragment or an escape.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !"@?#\\%\"<>".utf8.contains(byte)
    }
}
