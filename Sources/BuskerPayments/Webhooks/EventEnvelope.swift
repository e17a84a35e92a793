// What every event says about itself, in the words of its provider.

import BuskerCore

/// The outer fields of an event.
struct EventEnvelope {
    let provider: PaymentProvider
    let id: String
    let type: EventType
    let createdAt: Timestamp?
    let mode: PaymentMode?
    let subject: EventSubject?
    var apiVersion: String?

    init<Trust>(_ json: JSONValue, of signed: SignedBody<Trust>) throws(WebhookError) {
        guard json.kind == .object else {
            throw WebhookError(.malformedBody, "The body is signed but no JSON object.")
        }
        provider = signed.provider
        switch signed.provider {
        case .stripe:
            try Self.checkStripe(json, mode: signed.mode)
            id = try Self.name(json, "id")
            type = EventType(try Self.name(json, "type"))
            createdAt = json["created"]?.integer.flatMap(Self.moment)
            mode = json["livemode"]?.flag.map { $0 ? .live : .test }
            subject = Self.subject(json["data"]?["object"], kind: "object")
            apiVersion = json["api_version"]?.text
        case .payPal:
            id = try Self.name(json, "id")
            type = EventType(try Self.name(json, "event_type"))
            createdAt = Self.moment(json["create_time"])
            mode = signed.mode
            let resource = json["resource"]
            let kind = json["resource_type"]?.text
            subject = Self.subject(resource, named: kind) ?? Self.subject(resource, named: kind, id: "dispute_id")
        case .square:
            id = try Self.name(json, "event_id")
            type = EventType(try Self.name(json, "type"))
            createdAt = Self.moment(json["created_at"])
            mode = signed.mode
            subject = Self.subject(json["data"], kind: "type")
        default:
            guard let deliveryID = signed.deliveryID else {
                throw WebhookError(.missingHeader, "The delivery has no id.")
            }
            id = deliveryID
            type = EventType(try Self.name(json, "type"))
            createdAt = Self.moment(json["timestamp"])
            mode = signed.mode
            subject = Self.subject(json["data"], named: Self.family(of: type))
        }
    }

    /// Refuses thin events and those of the other mode.
    private static func checkStripe(_ json: JSONValue, mode: PaymentMode?) throws(WebhookError) {
        guard json["object"]?.text == "event" else {
            throw WebhookError(
                .wrongObject,
                "The body is no event with its object inside; let Stripe send snapshot events, not thin ones.")
        }
        guard let isLive = json["livemode"]?.flag else {
            throw WebhookError(.malformedBody, "The event does not say whether it is live.")
        }
        guard let mode else { return }
        guard isLive == (mode == .live) else {
            throw WebhookError(
                .wrongMode, "The event is not of \(mode) mode; use one endpoint and secret for each mode.")
        }
    }

    /// A text of one to 255 bytes.
    private static func name(_ json: JSONValue, _ member: String) throws(WebhookError) -> String {
        guard let text = json[member]?.text, (1...WebhookLimits.nameBytesMax).contains(text.utf8.count) else {
            throw WebhookError(.malformedBody, "The event lacks a text \(member) of at most 255 bytes.")
        }
        return text
    }

    /// What stands before the first point of a type.
    private static func family(of type: EventType) -> String? {
        let family = type.name.utf8.prefix { $0 != UInt8(ascii: ".") }
        return family.isEmpty ? nil : String(Substring(family))
    }

    private static func subject(_ json: JSONValue?, kind: String) -> EventSubject? {
        subject(json, named: json?[kind]?.text)
    }

    private static func subject(_ json: JSONValue?, named kind: String?, id name: String = "id") -> EventSubject? {
        guard let id = json?[name]?.text, (1...WebhookLimits.nameBytesMax).contains(id.utf8.count) else { return nil }
        return EventSubject(kind: kind.flatMap { $0.utf8.count <= WebhookLimits.nameBytesMax ? $0 : nil }, id: id)
    }

    private static func moment(_ seconds: Int64) -> Timestamp? {
        let (microseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? nil : Timestamp(microseconds: microseconds)
    }

    private static func moment(_ json: JSONValue?) -> Timestamp? {
        guard let text = json?.text else { return nil }
        return try? Timestamp(iso8601: text)
    }
}
