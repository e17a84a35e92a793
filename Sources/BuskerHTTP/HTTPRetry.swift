// Sends a request again when that can help and cannot hurt.

public import BuskerCore
import HTTPTypes
import Synchronization

/// Tries requests again: after the time another server asks for, or after a random part of a wait that doubles.
///
/// A header `Stripe-Should-Retry` decides; else conflicts (409), failures of the other server (500 and above), lost connections
/// and time limits are tried again, and 429 only with `Retry-After` or when the caller finds a reason in its body. A certificate
/// that is not trusted, a redirect and a cancelled task end it. A request that must not be repeated is sent again only when no
/// connection was made, and one whose body is streamed never.
///
/// All requests through one object share a budget of retries, so use one object per provider.
public final class HTTPRetry: Sendable {
    /// Looks into the body of a status 429 without `Retry-After`, such as for the code `lock_timeout`: true sends the request again.
    public typealias Reason = @Sendable ([UInt8]) -> Bool

    /// How often and how long requests are tried.
    public let limits: HTTPRetryLimits
    private let wall: any WallClock
    private let clock: any Clock<Duration>
    private let random: Mutex<any RandomNumberGenerator & Sendable>
    private let budget: Mutex<RetryBudget>

    /// Makes a policy with a full budget.
    ///
    /// - Parameters:
    ///   - limits: attempts, waits and budget.
    ///   - wall: the time of day, which dates in `Retry-After` are compared with.
    ///   - clock: measures the deadline and waits, such as `ContinuousClock()`.
    ///   - random: spreads the waits, such as `SystemRandom()`.
    public init(
        _ limits: HTTPRetryLimits = .standard, wall: any WallClock, clock: any Clock<Duration>,
        random: any RandomNumberGenerator & Sendable
    ) {
        self.limits = limits
        self.wall = wall
        self.clock = clock
        self.random = Mutex(random)
        budget = Mutex(RetryBudget(limits))
    }

    /// Sends a request until an answer is final, nothing more can help, or attempts, budget or time are used up.
    ///
    /// No attempt gets more time than is left of the deadline, and no wait begins that the deadline would cut.
    ///
    /// - Parameters:
    ///   - call: the request.
    ///   - transport: what carries it.
    ///   - repetition: whether the request may be sent twice.
    ///   - bodyMax: when given, up to so many bytes of the body are read within the attempt, so that a body that breaks off is
    ///     tried again too; else the body of the final answer follows while it is read.
    ///   - reason: asked about a status 429 that says nothing about when to come back.
    /// - Returns: the last answer, whatever its status.
    /// - Throws: ``HTTPError`` of the last attempt.
    public func send(
        _ call: HTTPCall, over transport: any HTTPTransport, repetition: HTTPRepetition = .byRequest,
        bodyMax: Int? = nil, reason: Reason = { _ in false }
    ) async throws(HTTPError) -> HTTPAnswer {
        let elapsed = Self.stopwatch(clock)
        let mayRepeat = call.body.canRepeat && repetition.allows(call.request)
        budget.withLock { $0.add() }
        var attempt = 1
        while true {
            var call = call
            call.timeLimit = min(call.timeLimit, limits.deadline - elapsed())
            let outcome = await attempted(call, transport, bodyMax: bodyMax)
            let (final, advice) = await judged(outcome, mayRepeat: mayRepeat, reason)
            guard call.body.canRepeat, attempt < limits.attemptsMax,
                let wait = wait(advice, before: attempt + 1), elapsed() + wait < limits.deadline,
                !Task.isCancelled, budget.withLock({ $0.take() })
            else { return try final.get() }
            if case .success(let answer) = final { await Self.drop(answer) }
            try await pause(wait)
            attempt += 1
        }
    }

    /// One attempt, with its body where that is wanted.
    private func attempted(
        _ call: HTTPCall, _ transport: any HTTPTransport, bodyMax: Int?
    ) async -> Result<HTTPAnswer, HTTPError> {
        guard !Task.isCancelled else { return .failure(HTTPError(.cancelled, "The task was cancelled.")) }
        do {
            let answer = try await transport.send(call)
            guard let bodyMax else { return .success(answer) }
            return .success(HTTPAnswer(answer.response, body: .bytes(try await answer.body.collect(upTo: bodyMax))))
        } catch {
            return .failure(error)
        }
    }

    /// The attempt and what it says about another one; the body is read where it has the say.
    private func judged(
        _ outcome: Result<HTTPAnswer, HTTPError>, mayRepeat: Bool, _ reason: Reason
    ) async -> (Result<HTTPAnswer, HTTPError>, RetryAdvice) {
        switch outcome {
        case .failure(let error): return (outcome, RetryRules.advice(after: error, mayRepeat: mayRepeat))
        case .success(let answer):
            let advice = RetryRules.advice(after: answer.response, mayRepeat: mayRepeat, at: wall.now)
            guard advice == .ask else { return (outcome, advice) }
            do {
                let bytes = try await answer.body.collect(upTo: answer.body.canRepeat ? .max : limits.errorBytesMax)
                let whole = HTTPAnswer(answer.response, body: .bytes(bytes))
                return (.success(whole), reason(bytes) ? .again(notBefore: .zero) : .stop)
            } catch {
                return (.failure(error), RetryRules.advice(after: error, mayRepeat: mayRepeat))
            }
        }
    }

    /// How long to wait; nothing when there is no other attempt.
    private func wait(_ advice: RetryAdvice, before attempt: Int) -> Duration? {
        guard case .again(let asked) = advice, asked <= limits.askedWaitMax else { return nil }
        let most = limits.waitBefore(attempt: attempt).microseconds64
        return asked + .microseconds(random.withLock { Self.number(upTo: most, &$0) })
    }

    private func pause(_ wait: Duration) async throws(HTTPError) {
        do {
            try await clock.sleep(for: wait)
        } catch {
            throw HTTPError(.cancelled, "The task was cancelled while it waited for another attempt.")
        }
    }

    /// Reads a short answer to its end, so that its connection can be used again; a long one ends with its connection.
    private static func drop(_ answer: HTTPAnswer) async {
        guard let length = answer.body.length, length <= 65_536 else { return }
        _ = try? await answer.body.collect(upTo: Int(length))
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
