// busker payments verify-webhook: is this delivery real?

import ArgumentParser
import BuskerCore
import BuskerPayments

/// Judges the deliveries of a file, or one on standard input.
struct VerifyWebhook: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "verify-webhook",
        abstract: "Tell whether webhooks are signed by their provider.",
        discussion: """
            With --vectors every delivery of a JSON file gets one line, whatever is wrong with it. With --scheme the body is read \
            from standard input, byte by byte as it came, and the headers from a file with a line for each:

              busker payments verify-webhook --scheme stripe --secret-file whsec.txt --header-file headers.txt < body.json

            The line end at the end of a secret's file does not belong to the secret. Square needs --url, the address of the \
            subscription; PayPal needs --webhook-id, --certificate and --roots and no secret, and what it signs is a hint: fetch \
            what the event names. The deliveries of a file are told of each other: where two of PayPal's bodies have one \
            signature, the reason of the second is ok_but_refetch_required.
            """)

    @Option(help: ArgumentHelp("A JSON file with deliveries, or -.", valueName: "file"))
    var vectors: Place?

    @Option(help: "How the one delivery on standard input is signed.")
    var scheme: WebhookScheme?

    @Option(help: ArgumentHelp("A file with a secret; several during a rotation.", valueName: "file"))
    var secretFile: [Place] = []

    @Option(help: ArgumentHelp("A file with the request's headers.", valueName: "file"))
    var headerFile: Place?

    @Option(help: "Square: the notification address as it is registered.")
    var url: String?

    @Option(help: ArgumentHelp("PayPal: the id of the webhook in the app's settings.", valueName: "id"))
    var webhookID: [String] = []

    @Option(help: ArgumentHelp("PayPal: the certificate of the header's address, in PEM.", valueName: "file"))
    var certificate: Place?

    @Option(help: ArgumentHelp("PayPal: the roots to trust, in PEM.", valueName: "file"))
    var roots: Place = Place("/etc/ssl/certs/ca-certificates.crt")

    @Option(help: ArgumentHelp("How far the signed moment may lie from now; 0 does not look.", valueName: "seconds"))
    var tolerance: Int64?

    @Option(help: ArgumentHelp("The moment to judge at, in seconds since 1970.", valueName: "seconds"))
    var now: Int64?

    @OptionGroup var answer: Answer

    func validate() throws {
        guard (vectors == nil) != (scheme == nil) else { throw ValidationError("Give --vectors or --scheme.") }
        guard let scheme else { return }
        guard headerFile != nil else { throw ValidationError("Give the request's headers with --header-file.") }
        guard tolerance ?? 0 >= 0 else { throw ValidationError("--tolerance is not negative.") }
        guard now.map({ (0...9_000_000_000).contains($0) }) ?? true else {
            throw ValidationError("--now is a number of seconds since 1970.")
        }
        guard scheme == .payPal || webhookID.isEmpty && certificate == nil else {
            throw ValidationError("--webhook-id and --certificate are for PayPal.")
        }
        guard scheme != .payPal || certificate != nil else { throw ValidationError("PayPal needs --certificate.") }
    }

    func perform() async throws {
        if let vectors {
            let file = try VectorFile(vectors)
            let transmissions = PayPalTransmissions()
            for vector in file.vectors {
                let verdict: Verdict
                do throws(VectorTrouble) {
                    var one = try WebhookCase(vector, in: file.json)
                    one.transmissions = transmissions
                    verdict = await one.verdict()
                } catch {
                    verdict = Verdict(error)
                }
                print(verdict.line(id: VectorFile.id(of: vector)))
            }
        } else if let scheme {
            let verdict = try await one(scheme).verdict()
            print(verdict.line(id: .null))
            guard verdict.isGood else {
                throw Failure(
                    .refused, code: verdict.reason, "The webhook is refused: \(verdict.detail ?? verdict.reason)")
            }
        }
    }

    /// The delivery on standard input.
    private func one(_ scheme: WebhookScheme) throws -> WebhookCase {
        let now = now.map { Timestamp(microseconds: $0 * 1_000_000) } ?? SystemClock().now
        var one = WebhookCase(scheme: scheme, now: now)
        let headers = try headerFile.map { try Self.text($0) } ?? ""
        do throws(VectorTrouble) {
            one.headers = try HTTPHeaderLines(text: headers)
            one.window = try WebhookCase.window(tolerance)
        } catch {
            throw Failure(.badInput, code: "bad_headers", error.detail)
        }
        one.secrets = scheme == .payPal ? webhookID : try secretFile.map(Self.secret)
        one.url = url ?? ""
        if scheme == .payPal {
            one.certificate = try certificate.map { try Self.text($0) }
            one.roots = try Self.text(roots)
        }
        try Place.standard.checkInput()
        one.body = try Place.standard.readAll(bytesMax: WebhookLimits.standard.body.bytesMax)
        return one
    }

    /// A secret without the line end that editors leave behind it.
    private static func secret(_ place: Place) throws -> String {
        let text = try Self.text(place)
        return text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    private static func text(_ place: Place) throws -> String {
        String(decoding: try place.readAll(bytesMax: 1 << 22), as: UTF8.self)
    }
}
