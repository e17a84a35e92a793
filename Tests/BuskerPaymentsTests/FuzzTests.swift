// Broken headers, bodies and certificates: refused without a trap, and never believed.

import BuskerCore
import BuskerPayments
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// A short run by default; BUSKER_FUZZ_RUNS and BUSKER_FUZZ_SEED give a long one.
@Suite struct FuzzTests {
    static let runs = ProcessInfo.processInfo.environment["BUSKER_FUZZ_RUNS"].flatMap(Int.init) ?? 6000
    static let seed = ProcessInfo.processInfo.environment["BUSKER_FUZZ_SEED"].flatMap(UInt64.init) ?? 2026

    static let deliveries = VectorFile.deliveries.filter { $0.expect == "accept" && $0.json["tolerance"]?.integer != 0 }

    @Test func brokenDeliveriesAreNeverBelievedAndNeverTrap() async throws {
        var random = SeededGenerator(seed: Self.seed)
        let lanes = try Self.deliveries.map(Lane.init)
        var accepted = 0
        for run in 0..<Self.runs {
            let lane = lanes[Int.random(in: 0..<lanes.count, using: &random)]
            let changesBody = Bool.random(using: &random)
            let body = changesBody ? Mutation.bytes(lane.body, &random) : lane.body
            let headers =
                Bool.random(using: &random) || !changesBody ? Mutation.headers(lane.headers, &random) : lane.headers
            do throws(WebhookError) {
                _ = try await lane.signature(body, headers)
                accepted += 1
                #expect(body == lane.body, "seed \(Self.seed), run \(run): \(lane.id) believed another body")
            } catch {
                #expect(!error.detail.isEmpty)
            }
        }
        #expect(accepted > 0 && accepted < Self.runs)
    }

    @Test func brokenEventsThatAreSignedNeverTrap() throws {
        var random = SeededGenerator(seed: Self.seed &+ 1)
        let verifier = try StripeVerifier(secrets: [Sender.secret], mode: .live)
        var read = 0
        for _ in 0..<Self.runs {
            let body = Mutation.bytes(Sender.event, &random)
            let headers = Sender.fields(["Stripe-Signature": Sender.stripe(body)])
            guard let event = try? verifier.verify(rawBody: body, headers: headers, at: Sender.now) else { continue }
            read += 1
            #expect((1...255).contains(event.id.utf8.count) && event.mode == .live)
        }
        #expect(read > 0)
    }

    @Test func brokenIntentsAreJudgedWithoutATrap() throws {
        var random = SeededGenerator(seed: Self.seed &+ 2)
        let expected = PaymentPolicyTests.expectation()
        for run in 0..<Self.runs {
            let body = Mutation.bytes(Array(PaymentPolicyTests.intent.utf8), &random)
            guard let json = try? JSONValue(parsing: body) else { continue }
            guard PaymentPolicy.verdict(onPaymentIntent: json, expecting: expected).isGood else { continue }
            let charge = json["latest_charge"]
            let isSound =
                json["amount_received"]?.integer == 4900 && json["currency"]?.text?.lowercased() == "krw"
                && json["livemode"]?.flag == true && charge?["amount_refunded"]?.integer == 0
                && charge?["disputed"]?.flag == false
            #expect(isSound, "seed \(Self.seed), run \(run): \(String(decoding: body, as: UTF8.self))")
        }
    }

    @Test func brokenCertificatesAreNeverBelievedAndNeverTrap() async throws {
        var random = SeededGenerator(seed: Self.seed &+ 3)
        let text = String(decoding: PayPalVerifierTests.leaf, as: UTF8.self).split(separator: "\n").dropFirst()
            .dropLast()
        let der = try #require(Base64.decode(text.joined().utf8))
        for run in 0..<Self.runs / 4 {
            let changed = Mutation.bytes(der, &random)
            let code = try await PayPalVerifierTests.outcome(PayPalVerifierTests.Watched(changed))
            #expect(changed == der || code != "ok", "seed \(Self.seed), run \(run)")
        }
    }
}

/// One genuine delivery with its verifier.
private struct Lane {
    let id: String
    let body: [UInt8]
    let headers: HTTPFields
    private let now: Timestamp
    private let full: (any WebhookVerifier<FullBody>)?
    private let hint: (any WebhookVerifier<HintOnly>)?

    init(_ delivery: Delivery) throws {
        id = delivery.id
        body = delivery.body
        headers = delivery.headers
        now = delivery.now
        full = try delivery.fullBodyVerifier()
        hint = full == nil ? try delivery.payPalVerifier(VectorFile.file) : nil
    }

    func signature(_ body: [UInt8], _ headers: HTTPFields) async throws(WebhookError) -> PaymentProvider {
        if let full { return try await full.signature(of: body, headers: headers, at: now).provider }
        guard let hint else { throw WebhookError(.missingSecret, "no verifier") }
        return try await hint.signature(of: body, headers: headers, at: now).provider
    }
}

/// Small damage.
enum Mutation {
    static let words = [
        "t=", "v1=", "v1,", "v1a,", "v0=", ",", "=", " ", "|", ".", "\0", "\"", "{", "}", "[", "\\u0000", "null",
        "true", "-1", "0",
        "9223372036854775808", "1e9", "é", "😀", "https://", "@", "whsec_", "\"id\":", "\"object\":\"event\"", "4900",
    ].map { Array($0.utf8) }

    static func bytes(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let at = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, at + Int.random(in: 0...8, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where at < bytes.count: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 2: bytes.removeSubrange(at..<end)
            case 3: bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
            case 4: bytes.insert(contentsOf: words[Int.random(in: 0..<words.count, using: &random)], at: at)
            default: bytes.removeSubrange(at...)
            }
        }
        return bytes
    }

    static func headers(_ headers: HTTPFields, _ random: inout SeededGenerator) -> HTTPFields {
        var fields = Array(headers)
        let at = Int.random(in: 0..<fields.count, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: fields.remove(at: at)
        case 1: fields.append(fields[at])
        case 2:
            let other = Int.random(in: 0..<fields.count, using: &random)
            fields[at].value = fields[other].value
        default:
            let value = bytes(Array(fields[at].value.utf8), &random)
            fields[at] = HTTPField(name: fields[at].name, lenientValue: value)
        }
        var result = HTTPFields()
        for field in fields { result.append(field) }
        return result
    }
}
