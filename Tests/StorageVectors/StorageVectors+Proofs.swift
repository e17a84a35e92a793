// What lies behind an answer, for tests that look closer.

public import BuskerCore
public import BuskerStorage
import HTTPTypes

extension StorageVectors {
    /// The signature of a presigned address.
    public func presignature(_ vector: JSONValue) throws -> SigV4Signature { try presigned(vector).signature }

    /// The signature of a request and the headers that it is sent with.
    public func signature(_ vector: JSONValue) throws -> (signature: SigV4Signature, headers: [String: String]) {
        let (request, signature) = try signed(vector)
        let headers = request.headers.map { ($0.name.canonicalName, $0.value) }
        return (signature, Dictionary(headers) { $0 + "," + $1 })
    }

    /// The address of a request.
    public func url(_ vector: JSONValue) throws -> String { try request(vector).url }

    /// The address signed with SHA-256, and the cookies, of a canned vector.
    public func cloudFront(_ vector: JSONValue) throws -> (sha256: String, cookies: [String: String]) {
        let cdn = CloudFrontVectors(file["cloudfront"] ?? .null, privateKey: privateKey)
        let cookies = try cdn.signer(.sha1).cookies(for: vector["url"]?.text ?? "", expires: cdn.expiry(vector))
        return (
            try cdn.signed("canned", vector, hash: .sha256),
            Dictionary(cookies.map { ($0.name, $0.value) }) { first, _ in first }
        )
    }
}
