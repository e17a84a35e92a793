// How services differ in what they sign.

/// What a service signs of a path and a body.
public struct SigV4Rules: Sendable, Hashable {
    /// Whether `//`, `.` and `..` are taken out of the path before it is signed.
    public let normalisesPath: Bool
    /// Whether the path, which is encoded as it is sent, is encoded once more to be signed.
    public let encodesPathAgain: Bool
    /// Whether `x-amz-content-sha256` is sent and signed.
    public let sendsPayloadHash: Bool
    /// Whether the token of a session is signed; a few services want it added afterwards.
    public let signsToken: Bool

    /// Makes rules of one's own.
    public init(
        normalisesPath: Bool = true, encodesPathAgain: Bool = true, sendsPayloadHash: Bool = false,
        signsToken: Bool = true
    ) {
        self.normalisesPath = normalisesPath
        self.encodesPathAgain = encodesPathAgain
        self.sendsPayloadHash = sendsPayloadHash
        self.signsToken = signsToken
    }

    /// S3: the path as it is sent, and always a hash of the body.
    public static let s3 = SigV4Rules(normalisesPath: false, encodesPathAgain: false, sendsPayloadHash: true)

    /// Every other service.
    public static let standard = SigV4Rules()

    /// Appends the path as it is signed.
    func appendPath(_ path: String, to bytes: inout [UInt8]) {
        var path = path.hasPrefix("/") ? path : "/" + path
        if normalisesPath { path = Self.normalised(path) }
        if encodesPathAgain {
            PercentEncoding.append(path.utf8, keepingSlash: true, to: &bytes)
        } else {
            bytes += path.utf8
        }
    }

    /// The path without empty segments, `.` and `..` (RFC 3986, section 5.2.4, and no doubled slashes).
    private static func normalised(_ path: String) -> String {
        var kept: [Substring] = []
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        for segment in segments where !segment.isEmpty && segment != "." {
            if segment == ".." { _ = kept.popLast() } else { kept.append(segment) }
        }
        let isFolder = ["", ".", ".."].contains(segments.last ?? "") && !kept.isEmpty
        return "/" + kept.joined(separator: "/") + (isFolder ? "/" : "")
    }
}
