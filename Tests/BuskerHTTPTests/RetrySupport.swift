// A transport and a clock for tests of trying again.

import BuskerCore
import BuskerHTTP
import HTTPTypes
import Synchronization
import TestSupport

/// A transport that gives prepared outcomes in order, the last one for ever.
final class ScriptedTransport: HTTPTransport {
    typealias Outcome = Result<HTTPAnswer, HTTPError>

    private let outcomes: [Outcome]
    private let calls = Mutex<[HTTPCall]>([])
    private let during: @Sendable () -> Void

    init(_ outcomes: [Outcome], during: @escaping @Sendable () -> Void = {}) {
        self.outcomes = outcomes
        self.during = during
    }

    var sent: [HTTPCall] { calls.withLock { $0 } }

    func send(_ call: HTTPCall) async throws(HTTPError) -> HTTPAnswer {
        let number = calls.withLock {
            $0.append(call)
            return $0.count - 1
        }
        during()
        return try outcomes[min(number, outcomes.count - 1)].get()
    }
}

extension Result where Success == HTTPAnswer, Failure == HTTPError {
    static func status(_ code: Int, _ headers: [String: String] = [:], body: String = "") -> Self {
        var response = HTTPResponse(status: .init(code: code))
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { response.headerFields[name] = value }
        }
        return .success(HTTPAnswer(response, body: .bytes(Array(body.utf8))))
    }

    static func error(_ code: HTTPError.Code) -> Self { .failure(HTTPError(code, "")) }
}

/// A policy, its clock, and a transport.
struct RetryRig {
    let clock = LeapClock()
    let wall = ManualClock()
    let transport: ScriptedTransport
    let retry: HTTPRetry

    init(_ outcomes: [ScriptedTransport.Outcome], _ limits: HTTPRetryLimits = .standard) {
        let clock = clock
        transport = ScriptedTransport(outcomes, during: { clock.pass(.seconds(1)) })
        retry = HTTPRetry(limits, wall: wall, clock: clock, random: SeededGenerator(seed: 7))
    }

    static func request(_ method: HTTPRequest.Method = .get, _ headers: [String: String] = [:]) -> HTTPRequest {
        var request = HTTPRequest(method: method, scheme: "https", authority: "api.example.com", path: "/v1/x")
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { request.headerFields[name] = value }
        }
        return request
    }
}
