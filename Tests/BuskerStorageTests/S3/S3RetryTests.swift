// A store of S3 tries again when that helps, and knows what it did when an answer was lost.

import BuskerCore
import BuskerHTTP
import BuskerStorage
import Synchronization
import TestSupport
import Testing

@Suite struct S3RetryTests {
    static let made = Said.ok(["ETag": "\"e\"", "Date": "Sat, 02 Jan 2027 03:04:05 GMT"])
    static let copied = Said.xml("<CopyObjectResult><ETag>\"c\"</ETag></CopyObjectResult>")

    @Test(arguments: [
        Said.error(503, "SlowDown"), .error(500, "InternalError"), .error(409, "ConditionalRequestConflict"),
        .error(400, "RequestTimeout"), Said(status: 502), Said(status: 429), .lost(.unreachable), .lost(.timedOut),
        .lost(.interrupted), Said(status: 503, body: [1], cut: .interrupted),
    ])
    func whatPassesIsTriedAgainAndSignedAnew(_ trouble: Said) async throws {
        let script = S3Script { _, number in number < 3 ? trouble : Self.made }
        let rig = try S3Rig(script)
        let info = try await rig.store.put(S3Rig.key, .bytes([1, 2]), PutOptions())
        #expect(info.entityTag == "e" && script.lines == Array(repeating: "PUT /songs/a/b%20c", count: 4))
        let waits = rig.clock.waits
        #expect(waits.count == 3)
        for (wait, most) in zip(waits, [100, 200, 400]) { #expect(wait >= .zero && wait <= .milliseconds(most)) }
    }

    @Test func everyAttemptCarriesItsOwnTime() async throws {
        let wall = ManualClock()
        let script = S3Script { _, number in
            wall.advance(microseconds: 7_000_000)
            return number == 0 ? .error(503, "SlowDown") : Self.made
        }
        let credentials = try SigV4Credentials(accessKeyID: "A", secretAccessKey: "hunter2")
        let store = try S3Store(
            try S3Endpoint("https://s3.example"), bucket: "songs",
            signer: SigV4Signer(credentials: credentials, region: "r"), transport: script, wall: wall,
            clock: LeapClock(), random: SeededGenerator(seed: 1))
        try await store.put(S3Rig.key, .bytes([1]), PutOptions())
        let dates = script.asked.map { $0["x-amz-date"] }
        #expect(dates.count == 2 && dates[0] != dates[1])
        #expect(script.asked[0]["authorization"] != script.asked[1]["authorization"])
    }

    @Test func afterSixAttemptsItIsUnavailable() async throws {
        let rig = try S3Rig([.error(503, "SlowDown")])
        #expect(await failure { try await rig.store.put(S3Rig.key, .bytes([1]), PutOptions()) } == .rateLimited)
        #expect(rig.script.asked.count == 6)
        let cut = try S3Rig([.lost(.interrupted)])
        #expect(await failure { try await cut.store.put(S3Rig.key, .bytes([1]), PutOptions()) } == .unavailable)
        #expect(cut.script.asked.count == 6)
    }

    @Test func anOutageSeesATenthMore() async throws {
        let rig = try S3Rig([.error(503, "SlowDown")])
        for _ in 0..<200 { _ = await rig.store.head(try S3Rig.key) }
        #expect((200...241).contains(rig.script.asked.count))
    }

    @Test(arguments: [
        (Said.error(403, "AccessDenied"), StorageError.Code.forbidden),
        (.error(403, "SignatureDoesNotMatch"), .unauthenticated), (.error(400, "InvalidArgument"), .badRequest),
        (.error(404, "NoSuchBucket"), .badAddress), (Said(status: 404), .badAnswer),
        (.error(501, "NotImplemented"), .unsupported),
        (.lost(.untrusted), .badAddress), (.lost(.malformedResponse), .badAnswer), (Said(status: 307), .badAddress),
        (.error(400, "BadDigest"), .badDigest), (.error(400, "EntityTooLarge"), .tooLarge),
    ])
    func whatStaysIsNotTriedAgain(_ said: Said, _ code: StorageError.Code) async throws {
        let rig = try S3Rig([said])
        #expect(await failure { try await rig.store.put(S3Rig.key, .bytes([1]), PutOptions()) } == code)
        #expect(rig.script.asked.count == 1)
    }

    @Test func theStoreSaysWhenToComeBack() async throws {
        let rig = try S3Rig([.error(503, "SlowDown", ["Retry-After": "3"]), Self.made])
        try await rig.store.put(S3Rig.key, .bytes([1]), PutOptions())
        #expect(rig.clock.waits.count == 1 && rig.clock.waits[0] >= .seconds(3))
        let long = try S3Rig([.error(503, "SlowDown", ["Retry-After": "600"])])
        #expect(await failure { try await long.store.put(S3Rig.key, .bytes([1]), PutOptions()) } == .rateLimited)
        #expect(long.script.asked.count == 1)
    }

    @Test func aWrongRegionIsNamed() async throws {
        for said in [
            Said.error(400, "AuthorizationHeaderMalformed", more: "<Region>us-west-2</Region>"),
            .error(301, "PermanentRedirect", ["x-amz-bucket-region": "us-west-2"]),
            Said(status: 400, headers: ["x-amz-bucket-region": "us-west-2"]),
        ] {
            let rig = try S3Rig([said])
            guard case .unknown(let error) = await rig.store.head(try S3Rig.key) else {
                Issue.record("a wrong region is no answer")
                return
            }
            #expect(error.code == .wrongRegion || said.status == 400 && !said.body.isEmpty)
        }
        let rig = try S3Rig([.error(400, "AuthorizationHeaderMalformed", more: "<Region>us-west-2</Region>")])
        do {
            try await rig.store.put(S3Rig.key, .bytes([1]), PutOptions())
            Issue.record("nothing was thrown")
        } catch let error as StorageError {
            #expect(error.code == .wrongRegion && error.detail.contains("us-west-2"))
        }
    }

    @Test func clocksThatDifferAreCorrectedOnceAndForGood() async throws {
        // The test's clock says 2027-01-15 08:00:00; the store is two hours ahead.
        let date = "Fri, 15 Jan 2027 10:00:00 GMT"
        let script = S3Script { asked, _ in
            (asked["x-amz-date"] ?? "").hasPrefix("20270115T10")
                ? .ok(["ETag": "\"e\""]) : .error(403, "RequestTimeTooSkewed", ["Date": date])
        }
        let rig = try S3Rig(script)
        try await rig.store.put(S3Rig.key, .bytes([1]), PutOptions())
        #expect(script.asked.count == 2)
        try await rig.store.put(S3Rig.key, .bytes([1]), PutOptions())
        #expect(script.asked.count == 3, "the correction is kept")
        #expect(try rig.store.presign(.get, S3Rig.key, PresignOptions()).url.contains("X-Amz-Date=20270115T10"))
        #expect(rig.clock.waits.isEmpty)
    }

    @Test func aHeadLearnsTheTimeFromTheDateAlone() async throws {
        let script = S3Script { asked, _ in
            (asked["x-amz-date"] ?? "").hasPrefix("20270115T10")
                ? .object([]) : Said(status: 403, headers: ["Date": "Fri, 15 Jan 2027 10:00:00 GMT"])
        }
        let rig = try S3Rig(script)
        guard case .present = await rig.store.head(try S3Rig.key) else {
            Issue.record("the clock was not corrected")
            return
        }
        let liar = try S3Rig([.error(403, "RequestTimeTooSkewed", ["Date": "Fri, 15 Jan 2027 10:00:00 GMT"])])
        #expect(await failure { try await liar.store.put(S3Rig.key, .bytes([1]), PutOptions()) } == .unauthenticated)
        #expect(liar.script.asked.count == 2)
        let honest = try S3Rig([Said(status: 403, headers: ["Date": "Fri, 15 Jan 2027 08:00:01 GMT"])])
        #expect(await honest.store.head(try S3Rig.key) == .unknown(StorageError(.forbidden, "")))
        #expect(honest.script.asked.count == 1)
    }

    @Test func anErrorInASuccessIsAnError() async throws {
        let hidden = Said.xml("<Error><Code>InternalError</Code></Error>")
        let script = S3Script { asked, number in
            if asked.method == "HEAD" { return .object([], size: 5) }
            return number < 3 ? hidden : Self.copied
        }
        let rig = try S3Rig(script)
        let info = try await rig.store.copy(S3Rig.key, to: try ObjectKey("to"), mode: .overwrite)
        #expect(info.entityTag == "c" && info.size == 5)
        #expect(script.lines == ["HEAD /songs/a/b%20c", "PUT /songs/to", "PUT /songs/to", "PUT /songs/to"])
        #expect(script.asked[1]["x-amz-copy-source"] == "/songs/a/b%20c")
        #expect(script.asked[1]["x-amz-copy-source-if-match"] == "\"t1\"")
        let refused = S3Script { asked, _ in
            asked.method == "HEAD" ? .object([], size: 5) : .xml("<Error><Code>AccessDenied</Code></Error>")
        }
        let other = try S3Rig(refused)
        let code = await failure { try await other.store.copy(S3Rig.key, to: try ObjectKey("to"), mode: .overwrite) }
        #expect(code == .forbidden)
    }
}

@Suite struct S3LostAnswerTests {
    /// A store that takes the first write and loses the answer; `other` says whose object it then has.
    private static func forgetful(_ head: @escaping @Sendable (_ token: String) -> Said) -> S3Script {
        let token = Kept()
        return S3Script { asked, number in
            if asked.method == "HEAD" { return head(token.text) }
            token.keep(asked["x-amz-meta-busker-put"])
            return number == 0 ? .lost(.interrupted) : .error(412, "PreconditionFailed")
        }
    }

    @Test func aLostAnswerIsLookedInto() async throws {
        let own = try S3Rig(Self.forgetful { .object([], size: 2, ["x-amz-meta-busker-put": $0]) })
        let info = try await own.store.put(S3Rig.key, .bytes([1, 2]), PutOptions(mode: .create))
        #expect(info.entityTag == "t1" && info.attributes.isEmpty)
        #expect(own.script.asked[0]["if-none-match"] == "*")

        let others = try S3Rig(Self.forgetful { _ in .object([], size: 2, ["x-amz-meta-busker-put": "another"]) })
        let create = PutOptions(mode: .create)
        #expect(await failure { try await others.store.put(S3Rig.key, .bytes([1, 2]), create) } == .alreadyExists)

        let mute = try S3Rig(Self.forgetful { _ in Said(status: 503) })
        #expect(await failure { try await mute.store.put(S3Rig.key, .bytes([1, 2]), create) } == .unavailable)

        let replaced = try S3Rig(Self.forgetful { .object([], size: 2, ["x-amz-meta-busker-put": $0]) })
        let tag = try await replaced.store.put(S3Rig.key, .bytes([1, 2]), PutOptions(mode: .replace("old"))).entityTag
        #expect(tag == "t1" && replaced.script.asked[0]["if-match"] == "\"old\"")
    }

    @Test func aRefusalWithoutALossIsARefusal() async throws {
        let rig = try S3Rig([.error(412, "PreconditionFailed")])
        let create = PutOptions(mode: .create)
        #expect(await failure { try await rig.store.put(S3Rig.key, .bytes([1]), create) } == .alreadyExists)
        #expect(rig.script.asked.count == 1)
        let gone = try S3Rig([.error(404, "NoSuchKey")])
        let replace = PutOptions(mode: .replace("x"))
        #expect(await failure { try await gone.store.put(S3Rig.key, .bytes([1]), replace) } == .precondition)
    }
}

/// A text that several requests see.
private final class Kept: Sendable {
    private let state = Mutex("")

    var text: String { state.withLock { $0 } }

    func keep(_ text: String?) {
        guard let text else { return }
        state.withLock { $0 = text }
    }
}
