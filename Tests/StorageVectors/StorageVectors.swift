// The shared format of signing vectors, answered line by line.

public import BuskerCore
import BuskerStorage
import Crypto
import HTTPTypes

/// One vector's answer.
public struct VectorAnswer: Sendable {
    /// The group, such as `presigned` or `cloudfront.canned`.
    public let group: String
    /// The vector's name, or what it is told apart by.
    public let name: String
    /// The result; nothing when there is none.
    public let result: JSON?
    /// Why there is no result.
    public let reason: String?

    /// One line of JSON.
    public var line: JSON {
        [
            "group": .text(group), "name": .text(name), "result": result ?? .null,
            "reason": reason.map { .text($0) },
        ]
    }
}

/// A vector that cannot be answered, and why.
struct Strange: Error {
    let reason: String
}

/// Answers every vector of a file; expected results are not looked at and may be absent.
public struct StorageVectors: Sendable {
    let file: JSONValue
    let meta: JSONValue
    /// The private key of CloudFront, for the vectors that name a file.
    let privateKey: @Sendable (String) -> String?

    /// Takes a file that was read.
    ///
    /// - Parameter privateKey: gives the PEM text of a named file beside the vectors.
    public init(_ file: JSONValue, privateKey: @escaping @Sendable (String) -> String?) {
        self.file = file
        meta = file["meta"] ?? .null
        self.privateKey = privateKey
    }

    /// The answers in the order of the file; strange vectors have a reason instead of a result.
    public func answers() -> [VectorAnswer] {
        (file.members ?? []).flatMap { group, value -> [VectorAnswer] in
            if group == "meta" { return [] }
            if group == "cloudfront" {
                let cdn = CloudFrontVectors(value, privateKey: privateKey)
                return (value.members ?? []).flatMap { kind, vectors in
                    (vectors.elements ?? []).enumerated().map { at, vector in
                        answer("cloudfront.\(kind)", at, vector) { (vector) throws in try cdn.result(kind, of: vector) }
                    }
                }
            }
            let vectors = value.elements ?? [value]
            return vectors.enumerated().map { at, vector in
                answer(group, at, vector) { (vector) throws in try result(group, of: vector) }
            }
        }
    }

    private func answer(
        _ group: String, _ at: Int, _ vector: JSONValue, _ result: (JSONValue) throws -> JSON
    ) -> VectorAnswer {
        let name = Self.name(group, vector) ?? String(at)
        do {
            return VectorAnswer(group: group, name: name, result: try result(vector), reason: nil)
        } catch let error as Strange {
            return VectorAnswer(group: group, name: name, result: nil, reason: error.reason)
        } catch {
            return VectorAnswer(group: group, name: name, result: nil, reason: "\(error)")
        }
    }

    private static func name(_ group: String, _ vector: JSONValue) -> String? {
        if let name = vector["name"]?.text ?? vector["key"]?.text ?? vector["url"]?.text { return name }
        guard group == "signing_keys" else { return group }
        return ["date", "region", "service"].compactMap { vector[$0]?.text }.joined(separator: "/")
    }

    private func result(_ group: String, of vector: JSONValue) throws -> JSON {
        switch group {
        case "presigned": return .text(try presigned(vector).url)
        case "signed_headers": return .text(try signed(vector).signature.hexadecimal)
        case "uri_encoding": return .text(PercentEncoding.encode(try key(vector), keepingSlash: true))
        case "signing_keys": return .text(try signingKey(vector))
        case "xml_bodies":
            let body = try OperationBody.bytes(try text("op", vector), vector["params"] ?? .null)
            guard let body else { throw Strange(reason: "The operation has no body of XML here.") }
            return .text(String(decoding: body, as: UTF8.self))
        case "checksums": return try checksums(vector)
        case "multipart_composites": return try composites(vector)
        case "post_policy": return try postPolicy(vector)
        case "aws_doc_presign": return .text(try documented(vector))
        default: throw Strange(reason: "The group is not known.")
        }
    }

    private func key(_ vector: JSONValue) throws -> String { try text("key", vector) }

    private func documented(_ vector: JSONValue) throws -> String {
        let signer = try SigV4Signer(
            credentials: SigV4Credentials(
                accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            region: "us-east-1")
        let endpoint = try S3Endpoint.aws(region: "us-east-1")
        let request = try endpoint.request(.get, bucket: "examplebucket", key: "test.txt")
        return try signer.presign(
            request, expires: PresignExpiry(seconds: 86_400), at: Timestamp(iso8601: "2013-05-24T00:00:00Z")
        ).signature.hexadecimal
    }

    func text(_ name: String, _ vector: JSONValue) throws -> String {
        guard let text = vector[name]?.text else { throw Strange(reason: "There is no text \(name).") }
        return text
    }
}
