// Answers that two servers really gave, read into values.

import BuskerCore
import BuskerStorage
import HTTPTypes
import TestSupport
import Testing

/// One answer of a server.
struct ServerAnswer: Sendable, CustomTestStringConvertible {
    let json: JSONValue

    var name: String { json["name"]?.text ?? "" }
    var status: Int { Int(json["status"]?.integer ?? 0) }
    var body: [UInt8] { Array((json["body"]?.text ?? "").utf8) }
    var testDescription: String { "\(json["server"]?.text ?? "") \(name)" }

    static let all = (VectorFile.read("responses.json").elements ?? []).map(ServerAnswer.init)
}

@Suite struct AnswerTests {
    /// What each refusal is, in the room's words.
    static let kinds: [String: StorageError.Code] = [
        "NoSuchKey": .notFound, "NoSuchBucket": .notFound, "HEAD-404": .notFound, "InvalidRange": .badRange,
        "PreconditionFailed": .precondition, "AbortUnknown": .notFound, "BucketNotEmpty": .conflict,
        "SignatureDoesNotMatch": .unauthenticated, "RequestTimeTooSkewed": .unauthenticated, "BadDigest": .badDigest,
    ]

    @Test func theAnswersAreRead() {
        #expect(ServerAnswer.all.count == 41)
    }

    @Test(arguments: ServerAnswer.all.filter { $0.status >= 300 })
    func aRefusalIsRead(answer: ServerAnswer) throws {
        let failure = S3Failure(status: answer.status, body: answer.body)
        #expect(failure.kind == Self.kinds[answer.name] && !failure.isRetryable)
        #expect(failure.isClockSkew == (answer.name == "RequestTimeTooSkewed"))
        #expect((failure.code == nil) == answer.body.isEmpty)
        #expect((failure.message == nil) == answer.body.isEmpty && (failure.requestID == nil) == answer.body.isEmpty)
        #expect(failure.error.code == failure.kind && !failure.error.detail.contains("StringToSign"))
    }

    @Test(arguments: ServerAnswer.all.filter { $0.status < 300 })
    func aSuccessIsRead(answer: ServerAnswer) throws {
        let hello = "5d41402abc4b2a76b9719d911017c592"
        switch answer.name {
        case "ListObjectsV2-url-truncated":
            let page = try S3ObjectPage(answer.body)
            #expect(page.items.map(\.key) == ["a b+c.wav"] && page.prefixes == ["dir/"] && page.next != nil)
        case "ListObjectsV2":
            let page = try S3ObjectPage(answer.body)
            #expect(page.items.map(\.key) == ["a b+c.wav", "dir/x", "dir/y", "z&<", "한.wav"] && page.next == nil)
            let modified = try Timestamp(iso8601: "2026-11-21T00:08:20Z")
            #expect(page.items.allSatisfy { $0.size == 5 && $0.entityTag == hello && $0.modified == modified })
        case "CopyObjectResult": #expect(try S3ObjectMade(answer.body).entityTag == hello)
        case "CompleteMultipartUploadResult":
            #expect(try S3ObjectMade(answer.body).entityTag == "1819d1a8700e59901a48215b8577ac07-1")
        case "InitiateMultipartUploadResult": #expect(try S3UploadBegun(answer.body).upload.utf8.count >= 48)
        case "ListPartsResult":
            let page = try S3PartPage(answer.body)
            #expect(page.items.map(\.number) == [1] && page.items[0].size == 4 && page.next == nil)
            #expect(page.items[0].entityTag == "\"f4c9385f1902f7334b00b9b4ecd164de\"")
        case "ListMultipartUploadsResult":
            let page = try S3UploadPage(answer.body)
            #expect(page.items.map(\.key) == ["mp"] && page.items[0].began != nil && page.nextKey == nil)
        case "DeleteResult":
            #expect(try S3Deletion(answer.body).deleted == ["dir/x", "gone"])
        case "GetLifecycle":
            var rule = LifecycleRule(id: "a", filter: .init(prefix: "tmp/"))
            rule.expiration = .days(7)
            #expect(try LifecycleRule.list(answer.body) == [rule])
        case "GetTagging": #expect(try ObjectTag.list(answer.body) == [ObjectTag(key: "a", value: "b")])
        default: #expect(answer.body.isEmpty)
        }
    }

    @Test func anErrorInASuccessIsFound() {
        let body = Array("<Error><Code>InternalError</Code><Message>m</Message></Error>".utf8)
        #expect(throws: StorageError(.unavailable, "")) { try S3ObjectMade(body) }
        #expect(S3Failure(status: 200, body: body).isRetryable)
    }

    @Test func aForbiddenHeadIsNotAbsence() {
        #expect(S3Failure(status: 403, body: []).kind == .forbidden)
        #expect(S3Failure(status: 503, body: Array("<html>".utf8)).kind == .unavailable)
    }

    @Test(arguments: [
        "<a><IsTruncated>true</IsTruncated></a>", "<a/>", "<a><IsTruncated>false</IsTruncated><Contents/></a>",
        "<a><IsTruncated>false</IsTruncated><Contents><Key>k</Key><Size>-1</Size></Contents></a>",
        "<a><IsTruncated>false</IsTruncated><Contents><Key>k</Key><Size>x</Size></Contents></a>",
        "<a><IsTruncated>false</IsTruncated><EncodingType>url</EncodingType><Contents><Key>%FF</Key><Size>1</Size>"
            + "</Contents></a>",
    ])
    func aPageThatLacksSomethingIsRefused(body: String) {
        #expect(throws: StorageError(.badAnswer, "")) { try S3ObjectPage(Array(body.utf8)) }
    }

    @Test func deletionsThatFailAreTold() throws {
        let body = "<R><Deleted><Key>a</Key></Deleted><Error><Key>b</Key><Code>AccessDenied</Code></Error></R>"
        let deletion = try S3Deletion(Array(body.utf8))
        #expect(
            deletion.deleted == ["a"] && deletion.failures.map(\.code) == ["AccessDenied"]
                && deletion.failures.map(\.key) == ["b"])
    }
}
