// Sends requests to a store of S3, signs each attempt anew, and tries again when that helps.

import BuskerCore
import BuskerHTTP
import HTTPTypes
import Synchronization

/// One request to a store, not yet signed.
struct S3Call: Sendable {
    var request: SigV4Request
    var body: [UInt8] = []
    /// The hash of the body, where it is known already.
    var payload: PayloadHash?
    /// Nothing to hand the body on while it comes; else the most bytes of the answer, read within the attempt.
    var answerMax: Int? = S3Call.answerMax
    /// Whether the body of a success may be an error.
    var mayHideError = false
    var timeLimit: Duration
    var attemptsMax = Int.max

    /// Enough for a thousand keys with all that S3 tells of them.
    static let answerMax = 8 << 20
}

/// What a store answered in the end.
struct S3Reply: Sendable {
    let response: HTTPResponse
    let body: HTTPBody
    /// Why the store did not do it.
    let failure: S3Failure?
    /// Whether an earlier attempt was lost, so that this answer may be about what that one did.
    var mayBeDone = false

    /// The bytes of an answer that was read whole.
    var bytes: [UInt8] {
        if case .bytes(let bytes) = body.storage { bytes } else { [] }
    }

    subscript(name: String) -> String? { HTTPField.Name(name).flatMap { response.headerFields[$0] } }
}

/// Everything that requests to one store share: who signs, what carries, the clock's correction and the budget of retries.
final class S3Exchange: Sendable {
    private let signer: SigV4Signer
    private let transport: any HTTPTransport
    private let limits: HTTPRetryLimits
    private let wall: any WallClock
    private let clock: any Clock<Duration>
    private let random: Mutex<any RandomNumberGenerator & Sendable>
    private let budget: Mutex<RetryBudget>
    /// Microseconds from our clock to the store's, once it complained.
    private let skew = Mutex<Int64>(0)

    init(
        signer: SigV4Signer, transport: any HTTPTransport, limits: HTTPRetryLimits, wall: any WallClock,
        clock: any Clock<Duration>, random: any RandomNumberGenerator & Sendable
    ) {
        self.signer = signer
        self.transport = transport
        self.limits = limits
        self.wall = wall
        self.clock = clock
        self.random = Mutex(random)
        budget = Mutex(RetryBudget(limits))
    }

    /// The time by the store's clock, as far as it is known.
    var now: Timestamp { wall.now.advanced(byMicroseconds: skew.withLock { $0 }) }

    /// 128 bits that no other call gets, in hexadecimal.
    func token() -> String {
        random.withLock { random in
            (0..<2).map { _ in
                let digits = String(random.next(), radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }.joined()
        }
    }

    /// Sends until an answer is final, or attempts, time or budget are used up; every status is an answer.
    ///
    /// - Throws: ``StorageError`` when the last attempt brought none.
    func send(_ call: S3Call) async throws(StorageError) -> S3Reply {
        let elapsed = Self.stopwatch(clock)
        let payload = call.payload ?? (call.body.isEmpty ? .empty : .of(call.body))
        budget.withLock { $0.add() }
        var attempt = 1
        var mayBeDone = false
        var isCorrected = false
        while true {
            let outcome = await attempted(call, payload)
            if case .success(let reply) = outcome, !isCorrected, let offset = offset(of: reply) {
                skew.withLock { $0 = offset }
                isCorrected = true
                continue
            }
            guard let asked = Self.advice(outcome, at: wall.now), attempt < min(limits.attemptsMax, call.attemptsMax),
                asked <= limits.askedWaitMax, case let wait = asked + jitter(before: attempt + 1),
                elapsed() + wait < limits.deadline, !Task.isCancelled, budget.withLock({ $0.take() })
            else { return try Self.last(outcome, mayBeDone) }
            mayBeDone = mayBeDone || Self.isLost(outcome)
            try await pause(wait)
            attempt += 1
        }
    }

    /// Waits as before an attempt, the second being number 2.
    func pause(before attempt: Int) async throws(StorageError) { try await pause(jitter(before: attempt)) }

    private func attempted(_ call: S3Call, _ payload: PayloadHash) async -> Result<S3Reply, HTTPError> {
        guard !Task.isCancelled else { return .failure(HTTPError(.cancelled, "The task was cancelled.")) }
        do {
            let signed: SigV4Request
            do {
                signed = try signer.sign(call.request, payload: payload, at: now).request
            } catch {
                return .failure(HTTPError(.badRequest, error.detail))
            }
            let answer = try await transport.send(
                HTTPCall(signed.http, body: .bytes(call.body), timeLimit: call.timeLimit))
            return .success(try await Self.read(answer, of: call))
        } catch {
            return .failure(error)
        }
    }

    /// An answer and what it says; what is short is read here, so that a cut answer is another attempt.
    private static func read(_ answer: HTTPAnswer, of call: S3Call) async throws(HTTPError) -> S3Reply {
        let status = answer.response.status.code
        guard (200..<300).contains(status) else {
            let isBare = call.request.method == .head || status == 304
            let bytes = isBare ? [] : try await answer.body.collect(upTo: S3Call.answerMax)
            return S3Reply(
                response: answer.response, body: .bytes(bytes), failure: S3Failure(status: status, body: bytes))
        }
        guard let most = call.answerMax else {
            return S3Reply(response: answer.response, body: answer.body, failure: nil)
        }
        let bytes = call.request.method == .head ? [] : try await answer.body.collect(upTo: most)
        let hidden =
            call.mayHideError
            ? (try? XMLReader.read(bytes)).flatMap(S3Failure.hidden) : nil
        return S3Reply(response: answer.response, body: .bytes(bytes), failure: hidden)
    }

    /// How far the store's clock is from ours, when that is why it refused; a HEAD says so only by its date.
    private func offset(of reply: S3Reply) -> Int64? {
        guard let failure = reply.failure, let date = reply["Date"].flatMap({ RetryAfter.date(Array($0.utf8)) }) else {
            return nil
        }
        let offset = wall.now.microseconds(until: date)
        let isFar = now.microseconds(until: date).magnitude > 600_000_000
        let mayBe = failure.isClockSkew || failure.code == nil && failure.status == 403
        return mayBe && isFar && offset.magnitude < 86_400_000_000 * 3660 ? offset : nil
    }

    /// How long to wait at least before another attempt; nothing when there is none.
    private static func advice(_ outcome: Result<S3Reply, HTTPError>, at now: Timestamp) -> Duration? {
        switch outcome {
        case .failure(let error):
            return [.unreachable, .interrupted, .timedOut].contains(error.code) ? .zero : nil
        case .success(let reply):
            guard reply.failure?.isRetryable == true else { return nil }
            return reply["Retry-After"].flatMap { RetryAfter.wait($0, at: now) } ?? .zero
        }
    }

    /// Whether nobody knows what the store did.
    private static func isLost(_ outcome: Result<S3Reply, HTTPError>) -> Bool {
        switch outcome {
        case .failure(let error): error.code != .unreachable
        case .success(let reply): (reply.failure?.status ?? 200) >= 500 || reply.failure?.status == 200
        }
    }

    private static func last(
        _ outcome: Result<S3Reply, HTTPError>, _ mayBeDone: Bool
    ) throws(StorageError) -> S3Reply {
        switch outcome {
        case .success(var reply):
            reply.mayBeDone = mayBeDone
            return reply
        case .failure(let error): throw StorageError(exchange: error)
        }
    }

    private func jitter(before attempt: Int) -> Duration {
        let most = limits.waitBefore(attempt: attempt).microseconds64
        return .microseconds(random.withLock { Self.number(upTo: most, &$0) })
    }

    private func pause(_ wait: Duration) async throws(StorageError) {
        do {
            try await clock.sleep(for: wait)
        } catch {
            throw .cancellation
        }
    }

    private static func number(upTo most: Int64, _ random: inout any RandomNumberGenerator & Sendable) -> Int64 {
        func open(_ random: inout some RandomNumberGenerator) -> Int64 { Int64.random(in: 0...most, using: &random) }
        return open(&random)
    }

    private static func stopwatch<C: Clock>(_ clock: C) -> @Sendable () -> Duration where C.Duration == Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}

extension SigV4Request {
    /// The request as a transport carries it.
    var http: HTTPRequest {
        let path = path.hasPrefix("/") ? path : "/" + path
        return HTTPRequest(
            method: method, scheme: host.scheme, authority: host.authority,
            path: query.isEmpty ? path : "\(path)?\(QueryItem.joined(query))", headerFields: headers)
    }
}
