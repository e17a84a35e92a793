// What a signed address of CloudFront opens, when, and for whom.

public import BuskerCore

/// A policy: a resource that may have `*` and `?`, an end, and perhaps a beginning and an IPv4 address or network.
public struct CloudFrontPolicy: Sendable, Hashable {
    /// The addresses that are opened, with `*` for any and `?` for one character.
    public var resource: String
    /// The end, to the second.
    public var expires: Timestamp
    /// The beginning, to the second.
    public var begins: Timestamp?
    /// An IPv4 address, or a network such as `203.0.113.0/24`.
    public var network: String?

    /// Makes a policy.
    public init(resource: String, expires: Timestamp, begins: Timestamp? = nil, network: String? = nil) {
        self.resource = resource
        self.expires = expires
        self.begins = begins
        self.network = network
    }

    var expirySeconds: Int64 { Self.seconds(expires) }

    /// The policy as CloudFront wants it: one line of JSON in a fixed order, every text escaped.
    ///
    /// - Throws: ``StorageError`` with `badRequest` for a resource with unencoded characters, a network that is not one, or an end
    ///   that is not after 1970 and after the beginning.
    func text() throws(StorageError) -> [UInt8] {
        guard !resource.isEmpty, resource.utf8.count <= Self.bytesMax,
            resource.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw StorageError(.badRequest, "A resource is blank, too long, or has characters that are not encoded.")
        }
        guard expirySeconds > 0, begins.map({ $0 < expires }) ?? true else {
            throw StorageError(.badRequest, "A policy ends before 1970 or before it begins.")
        }
        let source = try network.map { (text) throws(StorageError) in try Self.source(text) }
        let conditions = JSON.object([
            ("DateLessThan", Self.time(expires)), ("IpAddress", source.map { ["AWS:SourceIp": .text($0)] }),
            ("DateGreaterThan", begins.map(Self.time)),
        ])
        let statement = JSON.object([("Resource", .text(resource)), ("Condition", conditions)])
        return JSON.object([("Statement", [statement])]).bytes
    }

    /// The most bytes of an address or resource.
    static let bytesMax = 8192

    /// Refuses an address that is not encoded, or has a parameter that a signature adds.
    static func check(url: String) throws(StorageError) {
        guard url.utf8.count <= bytesMax, url.hasPrefix("https://") || url.hasPrefix("http://"),
            url.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") })
        else {
            throw StorageError(
                .badAddress, "An address is not one of http, is too long, has a #, or characters that are not encoded.")
        }
        guard let mark = url.firstIndex(of: "?") else { return }
        let reserved = ["expires", "policy", "signature", "key-pair-id", "hash-algorithm"]
        for item in QueryItem.parse(url[url.index(after: mark)...]) where reserved.contains(item.name.lowercased()) {
            throw StorageError(.badAddress, "An address has a parameter that its signature adds; leave it out.")
        }
    }

    private static func seconds(_ time: Timestamp) -> Int64 {
        CivilDate.floorDivide(time.microseconds, by: 1_000_000).quotient
    }

    private static func time(_ time: Timestamp) -> JSON { ["AWS:EpochTime": .number(seconds(time))] }

    /// The network; an address alone is a network of one.
    private static func source(_ text: String) throws(StorageError) -> String {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let bytes = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let isNumber: (Substring, Int) -> Bool = { digits, most in
            (1...3).contains(digits.utf8.count) && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
                && (Int(digits) ?? .max) <= most && (digits == "0" || !digits.hasPrefix("0"))
        }
        guard parts.count <= 2, bytes.count == 4, bytes.allSatisfy({ isNumber($0, 255) }),
            parts.count == 1 || isNumber(parts[1], 32)
        else { throw StorageError(.badRequest, "A network is not an IPv4 address, nor one with /0 to /32.") }
        return parts.count == 1 ? text + "/32" : text
    }
}
