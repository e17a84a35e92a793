// Where a bucket of S3, or of something like it, is found.

public import HTTPTypes

/// The address of a store, and whether the bucket stands in the host or in the path.
public struct S3Endpoint: Sendable, Hashable {
    /// Where the name of the bucket stands.
    public enum Addressing: Sendable, Hashable {
        /// `https://host/bucket/key`.
        case path
        /// `https://bucket.host/key`, unless the name or the host does not allow it.
        case virtualHost
    }

    /// The scheme, host and port of the store.
    public let host: SigV4Host
    /// Where the name of the bucket stands.
    public let addressing: Addressing
    private let base: String

    /// Reads an address such as `http://127.0.0.1:9000`.
    ///
    /// - Throws: ``StorageError`` with `badAddress`.
    public init(_ url: String, addressing: Addressing = .path) throws(StorageError) {
        guard let colon = url.firstRange(of: "://") else {
            throw StorageError(.badAddress, "The address of a store begins neither with https:// nor with http://.")
        }
        let rest = url[colon.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let path = rest[slash...]
        guard path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x3F && $0 != 0x23 }) else {
            throw StorageError(
                .badAddress, "The address of a store has parameters or unencoded characters in its path.")
        }
        host = try SigV4Host(
            scheme: String(url[..<colon.lowerBound]), authority: String(rest[..<slash]))
        base = String(path.hasSuffix("/") ? path.dropLast() : path)
        self.addressing = addressing
    }

    /// AWS's own store in a region; `us-east-1` has the address without a region.
    ///
    /// - Throws: ``StorageError`` with `badAddress` when the region is not one.
    public static func aws(region: String, addressing: Addressing = .virtualHost) throws(StorageError) -> S3Endpoint {
        let place = region == "us-east-1" || region == "aws-global" ? "" : ".\(region)"
        let end = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        return try S3Endpoint("https://s3\(place).\(end)", addressing: addressing)
    }

    /// A request for a bucket, or for an object in it.
    ///
    /// Any bytes of a key are encoded, so that keys of other programs can be reached too.
    ///
    /// - Throws: ``StorageError`` with `badAddress` when the bucket's name is not one.
    public func request(
        _ method: HTTPRequest.Method, bucket: String, key: String? = nil, query: [QueryItem] = [],
        headers: HTTPFields = [:]
    ) throws(StorageError) -> SigV4Request {
        try Self.check(bucket: bucket)
        let object = key.map { "/" + PercentEncoding.encode($0, keepingSlash: true) }
        if addressing == .virtualHost, isHostable(bucket) {
            return SigV4Request(
                method: method, host: try host.prefixed(by: bucket), path: base + (object ?? "/"), query: query,
                headers: headers)
        }
        return SigV4Request(
            method: method, host: host, path: "\(base)/\(bucket)\(object ?? "")", query: query, headers: headers)
    }

    /// Refuses what is not the name of a bucket: 3 to 63 lower-case letters, digits, `-` and `.`.
    static func check(bucket: String) throws(StorageError) {
        let isPlain: (UInt8) -> Bool = { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
        var before = UInt8(ascii: ".")
        var isGood = (3...63).contains(bucket.utf8.count) && isPlain(bucket.utf8.first ?? before)
        for byte in bucket.utf8 {
            let isDot = byte == UInt8(ascii: ".")
            isGood = isGood && (isPlain(byte) || byte == UInt8(ascii: "-") || isDot && before != byte)
            before = byte
        }
        guard isGood, isPlain(before) else {
            throw StorageError(
                .badAddress,
                "A bucket is named with 3 to 63 lower-case letters, digits, - and ., a letter or digit at both ends.")
        }
    }

    /// Whether the name can stand before the host: no dots under TLS, whose certificates cover one label, and no IP address.
    private func isHostable(_ bucket: String) -> Bool {
        !host.isAddress && (host.scheme == "http" || !bucket.contains("."))
    }
}
