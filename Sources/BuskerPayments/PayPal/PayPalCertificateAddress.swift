// Where PayPal keeps the certificate of a signature.

/// The address of a certificate at PayPal: https, the standard port, no user, a host that is `paypal.com` or ends with
/// `.paypal.com`.
///
/// It cannot be made of anything else, so a ``PayPalCertificates`` is never asked to fetch from a stranger's host.
public struct PayPalCertificateAddress: Sendable, Hashable, CustomStringConvertible {
    /// The most bytes of an address.
    public static let bytesMax = 500

    /// The address as it was sent.
    public let url: String
    /// The host, in small letters.
    public let host: String

    /// Reads an address.
    ///
    /// - Throws: ``WebhookError`` with `certificateURL`.
    public init(_ url: String) throws(WebhookError) {
        guard let host = Self.host(of: Array(url.utf8)) else {
            throw WebhookError(
                .certificateURL, "The certificate's address is not one of PayPal's; nothing was fetched.")
        }
        self.url = url
        self.host = host
    }

    /// The address.
    public var description: String { url }

    private static func host(of bytes: [UInt8]) -> String? {
        let scheme = Array("https://".utf8)
        guard bytes.count <= bytesMax, bytes.starts(with: scheme), bytes.allSatisfy(isPlain) else { return nil }
        let rest = bytes.dropFirst(scheme.count)
        var authority = rest.prefix { $0 != UInt8(ascii: "/") }
        guard authority.count < rest.count else { return nil }
        let port = Array(":443".utf8)
        if authority.suffix(port.count).elementsEqual(port) { authority = authority.dropLast(port.count) }
        let host = authority.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 + 32 : $0 }
        let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.allSatisfy(isLabel), labels.count >= 2, labels[labels.count - 1].elementsEqual("com".utf8),
            labels[labels.count - 2].elementsEqual("paypal".utf8)
        else { return nil }
        return String(decoding: host, as: UTF8.self)
    }

    /// Printable ASCII without what some readers of addresses take for something else.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "#")
    }

    private static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
        !label.isEmpty
            && label.allSatisfy {
                $0.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "-")
            }
    }
}

/// Lends PayPal's certificates: fetched over TLS without following redirects, remembered by address.
///
/// Anyone can send an address of PayPal's that leads nowhere: bound how often, how long and how much is fetched.
public protocol PayPalCertificates: Sendable {
    /// The certificate at an address, in PEM or DER; more that follow are taken for the ones between it and a root.
    ///
    /// - Throws: whatever keeps it from being had; the webhook is then refused with `certificateUnavailable`.
    func certificate(at address: PayPalCertificateAddress) async throws -> [UInt8]
}
