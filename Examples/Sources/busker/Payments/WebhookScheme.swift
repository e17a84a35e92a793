// One delivery, and the verifier of its scheme.

import ArgumentParser
import BuskerCore
import BuskerPayments
import Foundation

/// How a webhook can be signed.
enum WebhookScheme: String, ExpressibleByArgument, CaseIterable {
    case stripe
    case standardWebhooks = "standard-webhooks"
    case polar
    case payPal = "paypal"
    case square
}

/// Everything that a verdict on one delivery needs.
struct WebhookCase {
    var scheme: WebhookScheme
    var secrets: [String] = []
    var headers = HTTPHeaderLines()
    var body: [UInt8] = []
    var now: Timestamp
    var window = ReplayWindow.standard
    /// The address that Square's signature covers.
    var url = ""
    /// PayPal's certificate and the roots it must lead to, in PEM.
    var certificate: String?
    var roots = ""
    /// The bodies that came before under PayPal's signatures.
    var transmissions = PayPalTransmissions()

    func verdict() async -> Verdict {
        do throws(WebhookError) {
            switch scheme {
            case .stripe:
                return await judged(try StripeVerifier(secrets: secrets, mode: nil, window: window))
            case .standardWebhooks:
                return await judged(try StandardWebhooksVerifier(secrets: secrets, window: window))
            case .polar:
                return await judged(try PolarVerifier(secrets: secrets, mode: nil, window: window))
            case .square:
                return await judged(try SquareVerifier(secrets: secrets, notificationURL: url, mode: nil))
            case .payPal:
                let lent = LentCertificate(pem: certificate)
                return await judged(
                    try PayPalVerifier(
                        webhookIDs: secrets, certificates: lent, roots: try TrustedRoots(pem: roots), mode: nil,
                        transmissions: transmissions))
            }
        } catch {
            return Verdict(error)
        }
    }

    private func judged(_ verifier: some WebhookVerifier) async -> Verdict {
        await Verdict(verifier, body: body, headers: headers, at: now)
    }
}

extension WebhookCase {
    /// Reads a vector; what its file says once holds where the vector says nothing.
    init(_ vector: JSONValue, in file: JSONValue) throws(VectorTrouble) {
        guard vector.kind == .object else { throw VectorTrouble("The vector is no object.") }
        guard let scheme = WebhookScheme(rawValue: try vector.optionalText("scheme") ?? "") else {
            throw VectorTrouble("The scheme is missing or not known.")
        }
        let (own, shared) = (try vector.optionalMoment("now"), try file.optionalMoment("now"))
        self.init(scheme: scheme, now: own ?? shared ?? SystemClock().now)
        secrets = try vector.texts(scheme == .payPal ? "webhook_id" : "secret")
        headers = try HTTPHeaderLines(vector: vector["headers"])
        body = try Self.body(vector)
        window = try Self.window(vector.optionalInteger("tolerance"))
        url = try vector.optionalText("notification_url") ?? ""
        guard scheme == .payPal else { return }
        let name = try vector.optionalText("cert") ?? "leaf"
        certificate = try file.optional("paypal_certs")?.optionalText(name)
        roots = try file.optionalText("paypal_test_root") ?? ""
    }

    /// A window of so many seconds on either side; 0 switches it off, as for stored receipts.
    static func window(_ seconds: Int64?) throws(VectorTrouble) -> ReplayWindow {
        guard let seconds else { return .standard }
        guard seconds >= 0 else { throw VectorTrouble("The tolerance is negative.") }
        return seconds == 0 ? .unchecked : .seconds(seconds)
    }

    private static func body(_ vector: JSONValue) throws(VectorTrouble) -> [UInt8] {
        guard let encoded = try vector.optionalText("payload_b64") else {
            return Array((try vector.optionalText("payload") ?? "").utf8)
        }
        guard let bytes = Data(base64Encoded: encoded) else { throw VectorTrouble("The body is no Base64.") }
        return [UInt8](bytes)
    }
}

/// A certificate that needs no fetching.
struct LentCertificate: PayPalCertificates {
    struct Missing: Error {}

    let pem: String?

    func certificate(at address: PayPalCertificateAddress) async throws -> [UInt8] {
        guard let pem else { throw Missing() }
        return Array(pem.utf8)
    }
}
