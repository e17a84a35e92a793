// PayPal's certificate and checksum, and why its events are only hints.

import BuskerCore
import BuskerPayments
import HTTPTypes
import Synchronization
import Testing

@Suite struct PayPalVerifierTests {
    /// Remembers what was asked for.
    final class Watched: PayPalCertificates {
        private let asked = Mutex<[String]>([])
        private let bytes: [UInt8]?

        init(_ bytes: [UInt8]?) { self.bytes = bytes }

        var addresses: [String] { asked.withLock { $0 } }

        func certificate(at address: PayPalCertificateAddress) async throws -> [UInt8] {
            asked.withLock { $0.append(address.url) }
            guard let bytes else { throw CancellationError() }
            return bytes
        }
    }

    static let genuine = VectorFile.deliveries.first { $0.id == "paypal-19" }
    static let leaf = Array((VectorFile.file["paypal_certs"]?["leaf"]?.text ?? "").utf8)

    static func verifier(_ certificates: any PayPalCertificates, root: String? = nil) throws -> PayPalVerifier {
        let pem = root ?? VectorFile.file["paypal_test_root"]?.text ?? ""
        return try PayPalVerifier(
            webhookIDs: ["another-id", "9XL90610J3647323C"], certificates: certificates,
            roots: try TrustedRoots(pem: pem),
            mode: .live)
    }

    static func outcome(
        _ certificates: any PayPalCertificates, headers: HTTPFields? = nil, at now: Timestamp = Sender.now
    ) async throws -> String {
        let genuine = try #require(genuine)
        let verifier = try verifier(certificates)
        do throws(WebhookError) {
            _ = try await verifier.verify(rawBody: genuine.body, headers: headers ?? genuine.headers, at: now)
            return "ok"
        } catch {
            return error.code.description
        }
    }

    @Test func aVerifiedEventSaysWhatToFetch() async throws {
        let genuine = try #require(Self.genuine)
        let event = try await Self.verifier(Watched(Self.leaf))
            .verify(rawBody: genuine.body, headers: genuine.headers, at: Sender.now)
        #expect(event.provider == .payPal && event.type == EventType.PayPal.captureCompleted && event.isKnownType)
        #expect(event.subject == EventSubject(kind: "capture", id: "42311647XV020574X"))
        #expect(event.mode == .live)
    }

    @Test func aBodyOfTheSameChecksumCarriesNoFigures() async throws {
        let genuine = try #require(Self.genuine)
        #expect(String(decoding: genuine.body, as: UTF8.self).contains("9999.00"))
        let event = try await Self.verifier(Watched(Self.leaf))
            .verify(rawBody: genuine.body, headers: genuine.headers, at: Sender.now)
        var text = ""
        dump(event, to: &text)
        #expect(!text.contains("9999") && !text.contains("u_99"))
    }

    /// What is told of some deliveries of the vectors that come one after another, each to the webhook that it says.
    static func told(_ ids: [String]) async -> [String] {
        let before = PayPalTransmissions()
        var codes: [String] = []
        for delivery in ids.compactMap({ id in VectorFile.deliveries.first { $0.id == id } }) {
            do throws(WebhookError) {
                codes.append(try await delivery.check(file: VectorFile.file, after: before))
            } catch {
                codes.append(error.code.description)
            }
        }
        return codes
    }

    @Test func aSecondBodyUnderOneSignatureIsTold() async {
        #expect(await Self.told(["paypal-19", "paypal-19"]) == ["ok", "ok"])
        #expect(await Self.told(["paypal-03", "paypal-19"]) == ["signature_mismatch", "ok_but_refetch_required"])
        #expect(
            await Self.told(["paypal-19", "paypal-03", "paypal-19"]) == [
                "ok", "signature_mismatch", "ok_but_refetch_required",
            ])
        #expect(await Self.told(["paypal-21", "paypal-19", "paypal-21"]) == ["ok", "ok", "ok"])
    }

    @Test func theGenuineAndTheForgedBodyAreBothSigned() async throws {
        let forged = try #require(Self.genuine)
        let genuine = try #require(VectorFile.deliveries.first { $0.id == "paypal-03" })
        #expect(genuine.headers == forged.headers && genuine.body != forged.body)
        for bodies in [[genuine.body, forged.body], [forged.body, genuine.body]] {
            let verifier = try Self.verifier(Watched(Self.leaf))
            var told: [Bool] = []
            for body in bodies + bodies.suffix(1) {
                told.append(
                    try await verifier.verify(rawBody: body, headers: forged.headers, at: Sender.now).isSecondBody)
            }
            #expect(told == [false, true, true])
        }
    }

    @Test func strangersCannotPushOutWhatWasSigned() {
        let before = PayPalTransmissions()
        func tell(_ body: [UInt8], _ id: Int, isSigned: Bool) -> Bool {
            before.isSecond(body, id: "\(id)", signature: [7], checksum: 1, isSigned: isSigned)
        }
        #expect(!tell([1], 0, isSigned: true))
        for id in 1...9000 { #expect(!tell([1], id, isSigned: false)) }
        #expect(tell([2], 0, isSigned: true))
        #expect(!tell([2], 1, isSigned: false), "the oldest of the strangers is forgotten")
        #expect(tell([2], 9000, isSigned: true))
        for id in 10_000..<15_000 { #expect(!tell([1], id, isSigned: true)) }
        #expect(!tell([2], 0, isSigned: true), "what is long ago is forgotten")
    }

    @Test(arguments: [
        "http://api.paypal.com/c", "https://api.paypal.com.evil.example/c", "https://evilpaypal.com/c",
        "https://paypal.com@evil.example/c", "https://user:pass@api.paypal.com/c", "https://api.paypal.com:8443/c",
        "https://api.paypal.com:443@evil.example/c", "https://evil.example/.paypal.com/c",
        "https://evil.example?.paypal.com/c",
        "https://evil.example#.paypal.com/c", "https://evil.example\\.paypal.com/c", "https://api.paypal.com",
        "https:///c",
        "https://.paypal.com/c", "https://api..paypal.com/c", "https://api.paypal.com./c", "https://api.paypal.co/c",
        "https://api.p%61ypal.com/c", "https://127.0.0.1/c", "https://[::1]/c", "file:///etc/passwd",
        "//api.paypal.com/c",
        "https://api.paypal.com/c d", "ftp://api.paypal.com/c", "https://аpi.paypal.com/c", "https://paypal.com.:443/c",
        "https://api.paypal.com:/c", "https://api.paypal.com:0443/c", "HTTPS//api.paypal.com/c",
    ])
    func nothingIsFetchedFromAStrangersAddress(url: String) async throws {
        let genuine = try #require(Self.genuine)
        var headers = genuine.headers
        headers[try #require(HTTPField.Name("PAYPAL-CERT-URL"))] = url
        let watched = Watched(Self.leaf)
        #expect(try await Self.outcome(watched, headers: headers) == "cert_url")
        #expect(watched.addresses.isEmpty)
    }

    @Test(arguments: [
        "https://api.paypal.com/c", "https://paypal.com/c", "https://API.PayPal.com:443/v1/c?x=1",
        "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
    ])
    func payPalsAddressesAreAskedFor(url: String) throws {
        #expect(try PayPalCertificateAddress(url).url == url)
        #expect(try PayPalCertificateAddress(url).host.hasSuffix("paypal.com"))
    }

    @Test(arguments: ["SHA1withRSA", "sha256withrsa", "none", "SHA512withRSA", "MD5withRSA"])
    func onlyOneAlgorithmIsBelievedAndTheRestFetchNothing(algorithm: String) async throws {
        let genuine = try #require(Self.genuine)
        var headers = genuine.headers
        headers[try #require(HTTPField.Name("PAYPAL-AUTH-ALGO"))] = algorithm
        let watched = Watched(Self.leaf)
        #expect(try await Self.outcome(watched, headers: headers) == "weak_algorithm")
        #expect(watched.addresses.isEmpty)
    }

    @Test(arguments: [
        ("leaf", "ok"), ("expired", "cert_expired"), ("other_cn", "cert_subject"), ("rogue", "cert_chain"),
    ])
    func theCertificateMustBePayPalsAndValid(name: String, code: String) async throws {
        let pem = VectorFile.file["paypal_certs"]?[name]?.text ?? ""
        #expect(try await Self.outcome(Watched(Array(pem.utf8))) == code)
    }

    @Test func theCertificateMustBeHadAndReadable() async throws {
        #expect(try await Self.outcome(Watched(nil)) == "cert_unavailable")
        #expect(try await Self.outcome(Watched([])) == "cert_chain")
        #expect(try await Self.outcome(Watched([0x30, 0x80, 0, 0])) == "cert_chain")
        #expect(try await Self.outcome(Watched([UInt8](repeating: 0x30, count: 70_000))) == "cert_chain")
        let many = Array(repeating: Self.leaf, count: 9).flatMap { $0 }
        #expect(try await Self.outcome(Watched(many)) == "cert_chain")
        let root = Array((VectorFile.file["paypal_test_root"]?.text ?? "").utf8)
        #expect(try await Self.outcome(Watched(root)) == "cert_subject")
        #expect(try await Self.outcome(Watched(Self.leaf + root)) == "ok")
    }

    @Test func datesAreThoseOfTheClockThatIsLent() async throws {
        let first = try Timestamp(iso8601: "2026-05-19T23:06:40Z")
        let last = try Timestamp(iso8601: "2027-05-19T23:06:40Z")
        #expect(try await Self.outcome(Watched(Self.leaf), at: first) == "ok")
        #expect(try await Self.outcome(Watched(Self.leaf), at: last) == "ok")
        #expect(try await Self.outcome(Watched(Self.leaf), at: first.advanced(byMicroseconds: -1)) == "cert_expired")
        #expect(
            try await Self.outcome(Watched(Self.leaf), at: last.advanced(byMicroseconds: 1_000_000)) == "cert_expired")
    }

    @Test func everyByteOfTheCertificateIsProtected() async throws {
        let text = String(decoding: Self.leaf, as: UTF8.self).split(separator: "\n").dropFirst().dropLast().joined()
        let der = try #require(Base64.decode(text.utf8))
        #expect(try await Self.outcome(Watched(der)) == "ok")
        let parameters = try #require(der.lastPlace(of: [0x05, 0x00, 0x03, 0x82]))
        for at in Array(stride(from: 0, to: der.count, by: 7)) + [parameters, parameters + 1] {
            var changed = der
            changed[at] ^= 0x01
            let code = try await Self.outcome(Watched(changed))
            #expect(code != "ok", "byte \(at)")
        }
    }

    @Test func aHeaderThatIsMissingOrLongIsRefused() async throws {
        let genuine = try #require(Self.genuine)
        for name in ["ID", "TIME", "SIG"].map({ "PAYPAL-TRANSMISSION-\($0)" }) + [
            "PAYPAL-CERT-URL", "PAYPAL-AUTH-ALGO",
        ] {
            var headers = genuine.headers
            headers[try #require(HTTPField.Name(name))] = nil
            #expect(try await Self.outcome(Watched(Self.leaf), headers: headers) == "missing_header")
        }
        var headers = genuine.headers
        headers[try #require(HTTPField.Name("PAYPAL-TRANSMISSION-ID"))] = String(repeating: "i", count: 51)
        #expect(try await Self.outcome(Watched(Self.leaf), headers: headers) == "malformed_header")
        headers = genuine.headers
        headers[try #require(HTTPField.Name("PAYPAL-TRANSMISSION-SIG"))] = "not base 64"
        #expect(try await Self.outcome(Watched(Self.leaf), headers: headers) == "signature_mismatch")
    }
}

extension [UInt8] {
    /// Where some bytes stand for the last time.
    fileprivate func lastPlace(of bytes: [UInt8]) -> Int? {
        guard count >= bytes.count else { return nil }
        return (0...count - bytes.count).last { Array(self[$0..<$0 + bytes.count]) == bytes }
    }
}
