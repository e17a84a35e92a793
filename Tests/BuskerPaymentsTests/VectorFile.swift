// Golden deliveries of the official clients, and how they are tried.

import BuskerCore
import BuskerPayments
import Foundation
import HTTPTypes

/// The vectors beside the tests.
enum VectorFile {
    static func read(_ name: String) throws -> JSONValue {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors")
        let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
        return try JSONValue(parsing: bytes, limits: JSONLimits(bytesMax: 1 << 22))
    }

    static let file: JSONValue = (try? read("vectors.json")) ?? .null
    static let deliveries: [Delivery] = (file["vectors"]?.elements ?? []).map(Delivery.init)
    static let policy: JSONValue = (try? read("policy_vectors.json")) ?? .null
    static let purchases: [Purchase] = (policy["vectors"]?.elements ?? []).map(Purchase.init)
}

/// One delivery as a vector describes it.
struct Delivery: Sendable, CustomStringConvertible {
    let json: JSONValue

    var id: String { json["id"]?.text ?? "" }
    var scheme: String { json["scheme"]?.text ?? "" }
    var expect: String { json["expect"]?.text ?? "" }
    var code: String { json["code"]?.text ?? "" }
    var description: String { "\(id): \(json["note"]?.text ?? "")" }

    var body: [UInt8] { Base64.decode((json["payload_b64"]?.text ?? "").utf8) ?? [] }
    var now: Timestamp { Timestamp(microseconds: (json["now"]?.integer ?? 0) * 1_000_000) }

    var headers: HTTPFields {
        var fields = HTTPFields()
        for (name, value) in json["headers"]?.members ?? [] {
            if let name = HTTPField.Name(name), let text = value.text {
                fields.append(HTTPField(name: name, value: text))
            }
        }
        return fields
    }

    private var secrets: [String] {
        let several = (json["secrets"]?.elements ?? []).compactMap(\.text)
        return several.isEmpty ? [json["secret"]?.text ?? ""] : several
    }

    private var window: ReplayWindow {
        guard let tolerance = json["tolerance"]?.integer else { return .standard }
        return tolerance == 0 ? .unchecked : .seconds(tolerance)
    }

    /// The delivery's signature, checked by the verifier of its scheme.
    func check(
        file: JSONValue, after before: PayPalTransmissions = PayPalTransmissions()
    ) async throws(WebhookError) -> String {
        if let verifier = try fullBodyVerifier() { return try await tried(verifier) }
        return try await tried(try payPalVerifier(file, after: before))
    }

    /// The verifier of a scheme whose signature covers the body; nothing for the one whose does not.
    func fullBodyVerifier() throws(WebhookError) -> (any WebhookVerifier<FullBody>)? {
        switch scheme {
        case "stripe": return try StripeVerifier(secrets: secrets, mode: nil, window: window)
        case "standard-webhooks": return try StandardWebhooksVerifier(secrets: secrets, window: window)
        case "polar": return try PolarVerifier(secrets: secrets, mode: nil, window: window)
        case "square":
            return try SquareVerifier(
                secrets: secrets, notificationURL: json["notification_url"]?.text ?? "", mode: nil)
        default: return nil
        }
    }

    func payPalVerifier(
        _ file: JSONValue, after before: PayPalTransmissions = PayPalTransmissions()
    ) throws(WebhookError) -> PayPalVerifier {
        let pem = file["paypal_certs"]?[json["cert"]?.text ?? "leaf"]?.text ?? ""
        return try PayPalVerifier(
            webhookIDs: [json["webhook_id"]?.text ?? ""], certificates: LentCertificate(pem: pem),
            roots: try TrustedRoots(pem: file["paypal_test_root"]?.text ?? ""), mode: nil, transmissions: before)
    }

    private func tried(_ verifier: some WebhookVerifier) async throws(WebhookError) -> String {
        let signed = try await verifier.signature(of: body, headers: headers, at: now)
        guard !signed.isSecondBody else { return "ok_but_refetch_required" }
        guard let event = try? signed.event() else { return "ok" }
        let isPlain = event.isKnownType || verifier.provider == .standardWebhooks
        return isPlain ? "ok" : "ok_unknown_type"
    }
}

/// A certificate that needs no fetching.
final class LentCertificate: PayPalCertificates {
    private let pem: String

    init(pem: String) { self.pem = pem }

    func certificate(at address: PayPalCertificateAddress) async throws -> [UInt8] { Array(pem.utf8) }
}

/// One purchase as a policy vector describes it.
struct Purchase: Sendable, CustomStringConvertible {
    let json: JSONValue

    var description: String { "\(json["id"]?.text ?? ""): \(json["note"]?.text ?? "")" }
    var intent: JSONValue { json["payment_intent"] ?? .null }
    var code: String { json["code"]?.text ?? "" }
    var isGranted: Bool? { json["grant"]?.flag }

    /// The expectation in this room's words.
    func expectation() throws -> PaymentExpectation {
        let expected = json["expected"] ?? .null
        var notes: [String: String] = [:]
        for name in ["user_id", "job_id"] { notes[name] = expected[name]?.text }
        return PaymentExpectation(
            payment: expected["payment_intent"]?.text ?? "",
            price: try AmountConvention.stripe.money(
                steps: expected["amount"]?.integer ?? 0, code: expected["currency"]?.text ?? ""),
            mode: expected["livemode"]?.flag == true ? .live : .test, purpose: expected["job_id"]?.text ?? "",
            notes: notes, consumedBy: expected["consumed_by"]?.text,
            isReady: expected["job_status"]?.text == "COMPLETED",
            needsCharge: expected["require_charge_expanded"]?.flag ?? true)
    }
}
