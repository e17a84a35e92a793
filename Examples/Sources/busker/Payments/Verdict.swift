// What was decided about one vector, as a line of JSON.

import BuskerCore
import BuskerPayments

/// A verdict and its reason.
struct Verdict {
    /// The reason of a vector that cannot be read.
    static let malformed = "malformed_vector"

    let isGood: Bool
    let reason: String
    /// What is wrong, for a person.
    var detail: String?
    var eventID: String?
    var type: String?
    /// How far the body of an accepted delivery may be believed.
    var trust: String?

    static func refused(_ reason: String, _ detail: String? = nil) -> Verdict {
        Verdict(isGood: false, reason: reason, detail: detail)
    }

    /// A vector that cannot be read.
    init(_ trouble: VectorTrouble) { self = .refused(Self.malformed, trouble.detail) }

    init(isGood: Bool, reason: String, detail: String? = nil) {
        self.isGood = isGood
        self.reason = reason
        self.detail = detail
    }

    /// What a verifier says about a delivery.
    init<Trust: EventTrust>(
        _ verifier: some WebhookVerifier<Trust>, body: [UInt8], headers: HTTPHeaderLines, at now: Timestamp
    ) async {
        do throws(WebhookError) {
            let signed = try await verifier.signature(of: body, headers: headers.fields, at: now)
            let second = signed.isSecondBody ? "ok_but_refetch_required" : nil
            guard let event = try? signed.event() else {
                self.init(isGood: true, reason: second ?? "ok", detail: "The body is signed, but holds no event.")
                trust = Trust.name
                return
            }
            let isPlain = event.isKnownType || verifier.provider == .standardWebhooks
            self.init(isGood: true, reason: second ?? (isPlain ? "ok" : "ok_unknown_type"))
            if second != nil { detail = "Another body came under this signature before; one of the two is forged." }
            eventID = event.id
            type = event.type.name
            trust = Trust.name
        } catch {
            self.init(error)
        }
    }

    init(_ error: WebhookError) { self = .refused(error.code.description, error.detail) }

    /// One line of JSON.
    func line(id: JSON) -> String {
        let line: JSON = [
            "id": id, "verdict": .text(isGood ? "accept" : "reject"), "reason": .text(reason),
            "event_id": eventID.map(JSON.text) ?? .null, "type": type.map(JSON.text) ?? .null,
            "trust": trust.map(JSON.text), "detail": detail.map(JSON.text),
        ]
        return line.description
    }
}

/// A vector that does not say what it should.
struct VectorTrouble: Error {
    let detail: String

    init(_ detail: String) { self.detail = detail }
}
