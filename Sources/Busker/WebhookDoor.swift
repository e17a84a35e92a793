// Where webhooks come in.

public import BuskerCore
public import BuskerPayments
public import HTTPTypes

/// What to answer a sender of webhooks.
public struct WebhookAnswer: Sendable, Hashable {
    /// The status of HTTP: 200 when the event is kept, 400 or 413 when it is refused, 503 when it shall come again.
    public let status: Int
    /// What to process once the answer is sent; nothing when there is nothing to do.
    public let receipt: ReceiptID?
    /// Why the event was refused, as a code for the host's log; never for the sender.
    public let refusal: String?
    /// When the sender may come again, in seconds.
    public let retryAfter: Int?

    init(_ status: Int, receipt: ReceiptID? = nil, refusal: String? = nil, retryAfter: Int? = nil) {
        self.status = status
        self.receipt = receipt
        self.refusal = refusal
        self.retryAfter = retryAfter
    }
}

/// A path of a host to which one provider sends its events: verified, kept, answered.
///
/// ```swift
/// let answer = await door.take(rawBody: body, headers: request.headers)
/// if let receipt = answer.receipt { Task { try? await shop.inbox.process(receipt) } }
/// ```
public struct WebhookDoor<Verifier: WebhookVerifier>: Sendable {
    private let verifier: Verifier
    private let inbox: PaymentInbox
    private let clock: any WallClock

    /// Makes a door.
    public init(_ verifier: Verifier, into inbox: PaymentInbox, clock: any WallClock = SystemClock()) {
        self.verifier = verifier
        self.inbox = inbox
        self.clock = clock
    }

    /// Verifies and keeps an event; the answer is durable before it is given, and what the event hints at is looked into later.
    ///
    /// - Parameters:
    ///   - rawBody: the bytes of the request's body as they came.
    ///   - headers: the request's headers.
    public func take(rawBody: [UInt8], headers: HTTPFields) async -> WebhookAnswer {
        do throws(WebhookError) {
            return await keep(try await verifier.verify(rawBody: rawBody, headers: headers, at: clock.now), rawBody)
        } catch {
            switch error.code {
            case .certificateUnavailable: return Self.later("\(error.code)", 60)
            case .bodyTooLarge: return WebhookAnswer(413, refusal: "\(error.code)")
            default: return WebhookAnswer(400, refusal: "\(error.code)")
            }
        }
    }

    private func keep(_ event: VerifiedEvent<Verifier.Trust>, _ rawBody: [UInt8]) async -> WebhookAnswer {
        do throws(PaymentError) {
            let reception = try await inbox.receive(event, rawBody: rawBody)
            return WebhookAnswer(200, receipt: reception.isOpen ? reception.receipt : nil)
        } catch {
            switch error.code {
            case .wrongMode, .unsupported, .badRequest: return WebhookAnswer(400, refusal: "\(error.code)")
            default: return Self.later("\(error.code)", 10)
            }
        }
    }

    private static func later(_ refusal: String, _ seconds: Int) -> WebhookAnswer {
        WebhookAnswer(503, refusal: refusal, retryAfter: seconds)
    }
}
