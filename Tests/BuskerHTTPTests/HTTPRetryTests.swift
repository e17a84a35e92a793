// Requests are sent again when that can help and cannot hurt.

import BuskerCore
import BuskerHTTP
import HTTPTypes
import TestSupport
import Testing

@Suite struct HTTPRetryTests {
    typealias Outcome = ScriptedTransport.Outcome

    /// An outcome, then success: how many attempts are made for a request that may be repeated.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let outcome: Outcome
        let attempts: Int
    }

    static let cases = [
        Case(testDescription: "success", outcome: .status(200), attempts: 1),
        Case(testDescription: "success that asks", outcome: .status(200, ["stripe-should-retry": "true"]), attempts: 1),
        Case(testDescription: "redirect", outcome: .status(302, ["stripe-should-retry": "true"]), attempts: 1),
        Case(testDescription: "bad request", outcome: .status(400), attempts: 1),
        Case(testDescription: "card declined", outcome: .status(402, ["retry-after": "1"]), attempts: 1),
        Case(testDescription: "400, asked", outcome: .status(400, ["stripe-should-retry": "true"]), attempts: 2),
        Case(testDescription: "conflict", outcome: .status(409), attempts: 2),
        Case(testDescription: "conflict, final", outcome: .status(409, ["stripe-should-retry": "false"]), attempts: 1),
        Case(testDescription: "500", outcome: .status(500), attempts: 2),
        Case(testDescription: "503, final", outcome: .status(503, ["stripe-should-retry": "false"]), attempts: 1),
        Case(testDescription: "503, odd word", outcome: .status(503, ["stripe-should-retry": "FALSE?"]), attempts: 2),
        Case(testDescription: "599", outcome: .status(599), attempts: 2),
        Case(testDescription: "503, far future", outcome: .status(503, ["retry-after": "61"]), attempts: 1),
        Case(testDescription: "429", outcome: .status(429), attempts: 1),
        Case(testDescription: "429 with time", outcome: .status(429, ["retry-after": "1"]), attempts: 2),
        Case(testDescription: "429, asked", outcome: .status(429, ["stripe-should-retry": "true"]), attempts: 2),
        Case(testDescription: "429 for a lock", outcome: .status(429, body: "lock_timeout"), attempts: 2),
        Case(testDescription: "429 for load", outcome: .status(429, body: "rate_limit"), attempts: 1),
        Case(testDescription: "unreachable", outcome: .error(.unreachable), attempts: 2),
        Case(testDescription: "interrupted", outcome: .error(.interrupted), attempts: 2),
        Case(testDescription: "timed out", outcome: .error(.timedOut), attempts: 2),
        Case(testDescription: "untrusted", outcome: .error(.untrusted), attempts: 1),
        Case(testDescription: "cancelled", outcome: .error(.cancelled), attempts: 1),
        Case(testDescription: "no HTTP", outcome: .error(.malformedResponse), attempts: 1),
        Case(testDescription: "bad request of ours", outcome: .error(.badRequest), attempts: 1),
        Case(testDescription: "too large", outcome: .error(.bodyTooLarge), attempts: 1),
    ]

    @Test(arguments: cases)
    func anOutcomeIsTriedAgainOrNot(of one: Case) async {
        let rig = RetryRig([one.outcome, .status(200)])
        let answer = try? await rig.retry.send(HTTPCall(RetryRig.request()), over: rig.transport) { body in
            body == Array("lock_timeout".utf8)
        }
        #expect(rig.transport.sent.count == one.attempts)
        if one.attempts == 2 { #expect(answer?.response.status == .ok) }
    }

    @Test(arguments: [
        (HTTPRequest.Method.post, [:] as [String: String], 1), (.patch, [:], 1), (.post, ["idempotency-key": "k"], 2),
        (.post, ["paypal-request-id": "k"], 2), (.post, ["idempotency-key": ""], 1), (.put, [:], 2), (.delete, [:], 2),
        (.head, [:], 2),
    ])
    func whatMayHappenTwiceIsNotRepeated(method: HTTPRequest.Method, headers: [String: String], attempts: Int) async {
        for outcome in [
            Outcome.status(503), .error(.interrupted), .error(.timedOut), .status(429, ["retry-after": "1"]),
        ] {
            let rig = RetryRig([outcome, .status(200)])
            _ = try? await rig.retry.send(HTTPCall(RetryRig.request(method, headers)), over: rig.transport)
            #expect(rig.transport.sent.count == attempts)
        }
        let rig = RetryRig([.error(.unreachable), .status(200)])
        _ = try? await rig.retry.send(HTTPCall(RetryRig.request(method, headers)), over: rig.transport)
        #expect(rig.transport.sent.count == 2)
    }

    @Test func theCallerKnowsBest() async {
        for (repetition, attempts) in [(HTTPRepetition.harmless, 2), (.harmful, 1)] {
            let rig = RetryRig([.status(500), .status(200)])
            let call = HTTPCall(RetryRig.request(attempts == 2 ? .post : .get))
            _ = try? await rig.retry.send(call, over: rig.transport, repetition: repetition)
            #expect(rig.transport.sent.count == attempts)
        }
    }

    @Test func aStreamedBodyIsSentOnce() async {
        let rig = RetryRig([.error(.unreachable), .status(200)])
        let body = HTTPBody.pieces(AsyncStream<[UInt8]> { $0.finish() }.map { $0 }, length: nil)
        let call = HTTPCall(RetryRig.request(.put), body: body)
        await #expect(throws: HTTPError(.unreachable, "")) { try await rig.retry.send(call, over: rig.transport) }
        #expect(rig.transport.sent.count == 1)
    }

    @Test func attemptsEndWithTheLastAnswer() async throws {
        let rig = RetryRig([.error(.unreachable), .error(.timedOut), .status(503, body: "down")])
        let answer = try await rig.retry.send(HTTPCall(RetryRig.request()), over: rig.transport)
        #expect(answer.response.status.code == 503 && rig.transport.sent.count == 3)
        #expect(try await answer.body.collect(upTo: 10) == Array("down".utf8))
    }

    @Test func waitsAreRandomAndDoubleUpToTheirMost() async {
        let limits = HTTPRetryLimits(
            attemptsMax: 8, waitFirst: .seconds(1), waitMax: .seconds(6), deadline: .seconds(900))
        var seen: [[Duration]] = []
        for seed in 1...200 as ClosedRange<UInt64> {
            let clock = LeapClock()
            let retry = HTTPRetry(limits, wall: ManualClock(), clock: clock, random: SeededGenerator(seed: seed))
            _ = try? await retry.send(HTTPCall(RetryRig.request()), over: ScriptedTransport([.status(500)]))
            seen.append(clock.waits)
        }
        let most: [Duration] = [.seconds(1), .seconds(2), .seconds(4)] + Array(repeating: .seconds(6), count: 4)
        for (at, most) in most.enumerated() {
            let waits = seen.map { $0[at] }
            #expect(waits.allSatisfy { $0 >= .zero && $0 <= most })
            #expect(waits.contains { $0 < most / 10 } && waits.contains { $0 > most * 9 / 10 }, "waits are spread")
        }
    }

    @Test func anotherServersWaitIsKept() async throws {
        for header in ["7", " 7", "Sat, 01 Jan 2028 00:00:07 GMT"] {
            let rig = RetryRig([.status(429, ["retry-after": header]), .status(200)])
            rig.wall.set(try Timestamp(iso8601: "2028-01-01T00:00:00Z"))
            _ = try await rig.retry.send(HTTPCall(RetryRig.request()), over: rig.transport)
            let wait = try #require(rig.clock.waits.first)
            #expect(wait >= .seconds(7) && wait <= .milliseconds(7500), "\(header)")
        }
    }

    @Test(arguments: [
        "", "-1", "1.5", "soon", "99999999999", "99999999999999999999999", "7, 7", "Sat, 32 Jan 2028 00:00:07 GMT",
        "Sat, 01 Jan 2028 00:00:07", "Sat, 01 jan 2028 00:00:07 GMT", "Sat, 01 Jan 2028 24:00:07 GMT", "\u{661}",
        "Sat, 01 Jan 9999 23:59:59 GMT", "Sat, 01 Jan 20é8 00:00:07 GMT",
    ])
    func anOddOrHugeWaitIsNoReasonToTryAgain(header: String) async throws {
        let rig = RetryRig([.status(429, ["retry-after": header]), .status(200)])
        _ = try await rig.retry.send(HTTPCall(RetryRig.request()), over: rig.transport)
        #expect(rig.transport.sent.count == 1)
    }

    @Test func noWaitOrAttemptPassesTheDeadline() async {
        let limits = HTTPRetryLimits(attemptsMax: 10, askedWaitMax: .seconds(60), deadline: .seconds(30))
        let rig = RetryRig([.status(503, ["retry-after": "12"])], limits)
        _ = try? await rig.retry.send(HTTPCall(RetryRig.request(), timeLimit: .seconds(80)), over: rig.transport)
        #expect(rig.transport.sent.count == 3)
        #expect(rig.transport.sent[0].timeLimit == .seconds(30))
        #expect(rig.transport.sent[1].timeLimit <= .seconds(17))
    }

    @Test func anOutageDoesNotMultiplyTheLoad() async {
        let limits = HTTPRetryLimits(attemptsMax: 5, budgetRetries: 10, budgetPercent: 20)
        let rig = RetryRig([.status(500)], limits)
        for _ in 0..<500 { _ = try? await rig.retry.send(HTTPCall(RetryRig.request()), over: rig.transport) }
        #expect(rig.transport.sent.count <= 500 + 10 + 100)
        #expect(rig.transport.sent.count >= 500 + 100)
    }

    @Test func aBodyThatBreaksOffIsTriedAgainWhenItIsReadWithin() async throws {
        struct Broken: Error {}
        let broken = AsyncThrowingStream<[UInt8], any Error> { stream in
            stream.yield([1])
            stream.finish(throwing: Broken())
        }
        let first = HTTPAnswer(HTTPResponse(status: .ok), body: .pieces(broken, length: 2))
        let rig = RetryRig([.success(first), .status(200, body: "ok")])
        let answer = try await rig.retry.send(HTTPCall(RetryRig.request()), over: rig.transport, bodyMax: 10)
        #expect(try await answer.body.collect(upTo: 10) == Array("ok".utf8) && rig.transport.sent.count == 2)
    }

    @Test func aCancelledTaskSendsNothingMore() async {
        let rig = RetryRig([.status(500)])
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await rig.retry.send(HTTPCall(RetryRig.request()), over: rig.transport)
        }
        await #expect(throws: HTTPError(.cancelled, "")) { try await task.value }
        #expect(rig.transport.sent.isEmpty)
    }
}
