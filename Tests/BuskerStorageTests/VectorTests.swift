// Every shared vector comes out byte for byte.

import BuskerCore
import BuskerStorage
import Foundation
import StorageVectors
import Testing

/// The vectors beside the tests.
enum VectorFile {
    static func text(_ name: String) -> String? {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors")
        return try? String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    static func read(_ name: String) -> JSONValue {
        (try? JSONValue(parsing: Array((text(name) ?? "").utf8), limits: JSONLimits(bytesMax: 1 << 22))) ?? .null
    }

    static let file = read("vectors.json")
    static let vectors = StorageVectors(file) { text($0) }
    static let answers = vectors.answers()

    /// The vectors of a group beside their answers.
    static func pairs(_ group: String) -> [(vector: JSONValue, answer: VectorAnswer)] {
        let path = group.split(separator: ".").map(String.init)
        let vectors = path.reduce(file) { $0[$1] ?? .null }
        let answers = answers.filter { $0.group == group }
        return Array(zip(vectors.elements ?? [vectors], answers)).map { (vector: $0, answer: $1) }
    }
}

@Suite struct VectorTests {
    /// The member of a vector that a group's result must be.
    static let expected = [
        "presigned": "url", "signed_headers": "signature", "uri_encoding": "encoded_keep_slash",
        "signing_keys": "key_hex", "xml_bodies": "body", "aws_doc_presign": "sig", "cloudfront.canned": "signed_url",
        "cloudfront.custom": "signed_url",
    ]

    @Test func theFilesAreRead() {
        #expect(VectorFile.answers.count >= 210)
        #expect(VectorFile.pairs("presigned").count >= 88 && VectorFile.pairs("signed_headers").count >= 62)
    }

    @Test(arguments: expected.keys.sorted())
    func theResultIsTheExpectedOne(group: String) throws {
        let pairs = VectorFile.pairs(group)
        let member = try #require(Self.expected[group])
        #expect(!pairs.isEmpty)
        for (vector, answer) in pairs {
            let expected = try #require(vector[member]?.text)
            #expect(
                answer.result?.description == JSON.text(expected).description, "\(answer.name): \(answer.reason ?? "")")
        }
    }

    @Test(arguments: ["checksums", "multipart_composites"])
    func theSumsAreTheExpectedOnes(group: String) throws {
        for (vector, answer) in VectorFile.pairs(group) {
            let result = try JSONValue(parsing: try #require(answer.result).bytes)
            for (name, value) in result.members ?? [] {
                #expect(value.text == vector[name]?.text, "\(answer.name) \(name)")
            }
            #expect(result.members?.count ?? 0 >= 4)
        }
    }

    @Test func canonicalRequestsAndTextsAreTheExpectedOnes() throws {
        for (vector, answer) in VectorFile.pairs("presigned") {
            let signature = try VectorFile.vectors.presignature(vector)
            #expect(signature.canonicalRequest == vector["canonical_request"]?.text, "\(answer.name)")
            #expect(signature.stringToSign == vector["string_to_sign"]?.text, "\(answer.name)")
        }
        for (vector, answer) in VectorFile.pairs("signed_headers") {
            let (signature, headers) = try VectorFile.vectors.signature(vector)
            #expect(signature.canonicalRequest == vector["canonical_request"]?.text, "\(answer.name)")
            #expect(signature.stringToSign == vector["string_to_sign"]?.text, "\(answer.name)")
            for (name, value) in vector["headers"]?.members ?? [] {
                #expect(headers[name] == value.text, "\(answer.name) \(name)")
            }
        }
    }

    /// The request of a header vector follows from its operation and parameters too, without its headers.
    @Test func requestsFollowFromTheirOperations() throws {
        for (vector, answer) in VectorFile.pairs("signed_headers") where answer.name != "put-unsigned-https" {
            let kept = (vector.members ?? []).filter { !["headers", "url", "canonical_request"].contains($0.name) }
            let bare = try JSONValue(parsing: JSON.object(kept.map { ($0.name, JSON($0.value)) }).bytes)
            let (signature, _) = try VectorFile.vectors.signature(bare)
            #expect(signature.hexadecimal == vector["signature"]?.text, "\(answer.name)")
            #expect(try VectorFile.vectors.url(bare) == vector["url"]?.text, "\(answer.name)")
        }
    }

    @Test func componentsKeepNoSlash() throws {
        for (vector, _) in VectorFile.pairs("uri_encoding") {
            let key = try #require(vector["key"]?.text)
            #expect(PercentEncoding.encode(key) == vector["encoded_component"]?.text)
            #expect(PercentEncoding.decode(PercentEncoding.encode(key).utf8) == Array(key.utf8))
        }
    }

    @Test func bodiesHaveTheExpectedDigest() throws {
        for (vector, answer) in VectorFile.pairs("xml_bodies") {
            let body = try #require(vector["body"]?.text)
            #expect(Checksum.contentMD5(of: Array(body.utf8)) == vector["content_md5"]?.text, "\(answer.name)")
        }
    }

    @Test func otherFormsOfCloudFrontAreTheExpectedOnes() throws {
        for (vector, answer) in VectorFile.pairs("cloudfront.canned") {
            let forms = try VectorFile.vectors.cloudFront(vector)
            #expect(forms.sha256 == vector["signed_url_sha256"]?.text, "\(answer.name)")
            for (name, value) in vector["cookies"]?.members ?? [] {
                #expect(forms.cookies[name] == value.text ?? value.numberText, "\(answer.name) \(name)")
            }
        }
    }
}
