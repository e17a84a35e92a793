// The line to a provider: address, transport and attempts.

import BuskerCore
import BuskerHTTP
import HTTPTypes

/// Sends requests to one provider and reads answers, within bounds.
struct ProviderLine: Sendable {
    let provider: PaymentProvider
    let mode: PaymentMode
    let address: ProviderAddress
    let transport: any HTTPTransport
    let retry: HTTPRetry
    let clock: any WallClock

    /// Makes an exchange and answers whatever the provider said, good or not.
    ///
    /// - Throws: ``PaymentError`` with `unavailable`, `badAnswer`, `badRequest` or `cancelled` when there was no answer.
    func exchange(_ request: ProviderRequest) async throws(PaymentError) -> ProviderAnswer {
        var path = address.prefix + request.path
        if !request.query.text.isEmpty { path += "?" + request.query.text }
        var head = HTTPRequest(
            method: request.method, scheme: address.scheme, authority: address.authority, path: path,
            headerFields: request.headers)
        head.headerFields[.accept] = "application/json"
        head.headerFields[.userAgent] = "busker"
        do {
            let answer = try await retry.send(
                HTTPCall(head, body: .bytes(request.body)), over: transport,
                repetition: request.canRepeat ? .harmless : .harmful, bodyMax: ProviderAnswer.bytesMax,
                reason: Self.isWaitingForLock)
            let bytes = try await answer.body.collect(upTo: ProviderAnswer.bytesMax)
            return ProviderAnswer(provider, mode, answer.response, bytes, at: clock.now)
        } catch {
            throw PaymentError(error, at: provider)
        }
    }

    /// Whether a status 429 only says that Stripe is busy with the same object.
    private static func isWaitingForLock(_ bytes: [UInt8]) -> Bool {
        (try? JSONValue(parsing: bytes))?["error"]?["code"]?.text == "lock_timeout"
    }
}

extension PaymentError {
    /// What an exchange without an answer means.
    init(_ error: HTTPError, at provider: PaymentProvider) {
        let code: Code
        switch error.code {
        case .badRequest: code = .badRequest
        case .cancelled: code = .cancelled
        case .bodyTooLarge, .malformedResponse: code = .badAnswer
        default: code = .unavailable
        }
        self.init(code, "There was no answer of \(provider): \(error.detail)", underlying: error)
    }
}
