// Whether an attempt is followed by another one: rules without time, luck or network.

import BuskerCore
import HTTPTypes

/// What an attempt says about another one.
enum RetryAdvice: Sendable, Hashable {
    /// This attempt was the last one.
    case stop
    /// Another attempt may follow, not before the time that the other server asks for.
    case again(notBefore: Duration)
    /// The answer's body has to be read before it is known.
    case ask
}

/// How often a request may be sent.
///
/// A method that RFC 9110 calls idempotent may be repeated, and so may a request that carries a key by which the other server
/// knows it again.
public struct HTTPRepetition: Sendable, Hashable {
    enum Rule: Sendable { case byRequest, always, never }

    let rule: Rule

    /// As the method and the headers say.
    public static let byRequest = HTTPRepetition(rule: .byRequest)
    /// The caller knows that repeating changes nothing, for instance because the body carries a key.
    public static let harmless = HTTPRepetition(rule: .always)
    /// Repeating may do the thing twice: only when no connection was made is it sent again.
    public static let harmful = HTTPRepetition(rule: .never)

    /// Headers that carry a key by which a provider knows a request again.
    static let keyHeaders = ["idempotency-key", "paypal-request-id"]

    func allows(_ request: HTTPRequest) -> Bool {
        switch rule {
        case .always: return true
        case .never: return false
        case .byRequest:
            let idempotent: Set<HTTPRequest.Method> = [.get, .head, .options, .trace, .put, .delete]
            guard !idempotent.contains(request.method) else { return true }
            return request.headerFields.contains {
                Self.keyHeaders.contains($0.name.canonicalName) && !$0.value.isEmpty
            }
        }
    }
}

enum RetryRules {
    /// What an exchange without a response says.
    static func advice(after error: HTTPError, mayRepeat: Bool) -> RetryAdvice {
        switch error.code {
        case .unreachable: .again(notBefore: .zero)
        case .interrupted, .timedOut: mayRepeat ? .again(notBefore: .zero) : .stop
        default: .stop
        }
    }

    /// What a response says: the header `Stripe-Should-Retry`, then the status.
    static func advice(after response: HTTPResponse, mayRepeat: Bool, at now: Timestamp) -> RetryAdvice {
        let status = response.status.code
        guard mayRepeat, status >= 400 else { return .stop }
        let asked = response.headerFields[.retryAfter].flatMap { RetryAfter.wait($0, at: now) }
        switch HTTPField.Name("Stripe-Should-Retry").flatMap({ response.headerFields[$0] }) {
        case "true": return .again(notBefore: asked ?? .zero)
        case "false": return .stop
        default: break
        }
        switch status {
        case 409, 500...: return .again(notBefore: asked ?? .zero)
        case 429: return asked.map { .again(notBefore: $0) } ?? .ask
        default: return .stop
        }
    }
}
