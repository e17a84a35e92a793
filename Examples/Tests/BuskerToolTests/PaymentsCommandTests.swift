// busker payments: verdicts on vectors, on one delivery, and a double to speak to.

import Foundation
import Testing

@Suite struct PaymentsCommandTests {
    typealias Object = [String: Any]

    static let vectors = Runner.root.appending(path: "Tests/BuskerPaymentsTests/Vectors")
    static let webhooks = vectors.appending(path: "vectors.json").path
    static let purchases = vectors.appending(path: "policy_vectors.json").path

    static func file(_ path: String) throws -> Object {
        try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? Object)
    }

    static func vectors(of file: Object) throws -> [Object] { try #require(file["vectors"] as? [Object]) }

    /// The lines that the tool prints.
    static func lines(_ outcome: Outcome) throws -> [Object] {
        try outcome.text.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? Object)
        }
    }

    /// Runs a command on a file that is made of this.
    static func judge(_ command: String, _ file: Any, _ runner: Runner) throws -> [Object] {
        try JSONSerialization.data(withJSONObject: file).write(to: URL(filePath: runner.path("v.json")))
        let outcome = try runner.run(["payments", command, "--vectors", "v.json"])
        #expect(outcome.exit == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        return try lines(outcome)
    }

    @Test func everyDeliveryGetsTheStrictVerdictAndReason() throws {
        let vectors = try Self.vectors(of: try Self.file(Self.webhooks))
        let lines = try Self.lines(try Runner().run(["payments", "verify-webhook", "--vectors", Self.webhooks]))
        #expect(lines.count == vectors.count && vectors.count >= 50)
        for (vector, line) in zip(vectors, lines) {
            let id = try #require(vector["id"] as? String)
            #expect(line["id"] as? String == id)
            guard let expected = vector["expect"] as? String, expected != "any" else { continue }
            #expect(line["verdict"] as? String == expected, "\(id)")
            #expect(line["reason"] as? String == vector["code"] as? String, "\(id)")
            guard expected == "accept" else { continue }
            #expect(line["trust"] as? String == (vector["scheme"] as? String == "paypal" ? "hint_only" : "full_body"))
        }
        #expect(lines.first?["event_id"] as? String == "evt_1SgoldPaid")
        #expect(lines.first?["type"] as? String == "payment_intent.succeeded")
    }

    @Test func everyPaymentGetsTheVerdictOfThePolicy() throws {
        let vectors = try Self.vectors(of: try Self.file(Self.purchases))
        let lines = try Self.lines(try Runner().run(["payments", "judge-intent", "--vectors", Self.purchases]))
        #expect(lines.count == vectors.count && vectors.count >= 15)
        for (vector, line) in zip(vectors, lines) {
            #expect(line["id"] as? String == vector["id"] as? String)
            #expect(line["reason"] as? String == vector["code"] as? String)
            #expect((line["verdict"] as? String == "accept") == (vector["grant"] as? Bool))
        }
    }

    @Test(arguments: [("verify-webhook", webhooks), ("judge-intent", purchases)])
    func verdictsDoNotComeFromTheExpectations(command: String, path: String) throws {
        let runner = try Runner()
        var file = try Self.file(path)
        let whole = try Self.judge(command, file, runner)
        file["vectors"] = try Self.vectors(of: file).map { vector in
            vector.filter { !["expect", "code", "grant", "note", "peer", "must_refetch", "payload"].contains($0.key) }
        }
        let bare = try Self.judge(command, file, runner)
        #expect(NSArray(array: whole) == NSArray(array: bare))
    }

    static var odd: [Any] {
        [
            NSNull(), 1, "x", [Any](), Object(), ["scheme": "morse"], ["scheme": 7],
            ["id": Object(), "scheme": "stripe", "now": "x"],
            ["scheme": "stripe", "secret": 7], ["scheme": "stripe", "secrets": [7]],
            ["scheme": "stripe", "headers": 7],
            ["scheme": "stripe", "headers": ["a b": "c"]], ["scheme": "stripe", "headers": ["a": "b\r\nc: d"]],
            ["scheme": "stripe", "headers": [["a"]]], ["scheme": "stripe", "payload_b64": "%%%"],
            ["scheme": "stripe", "tolerance": -1], ["scheme": "stripe", "tolerance": 1.5],
            ["scheme": "stripe", "now": Int64.max], ["scheme": "square", "notification_url": [1]],
            ["scheme": "paypal", "cert": 1],
        ]
    }

    @Test(arguments: [("verify-webhook", webhooks), ("judge-intent", purchases)])
    func aVectorThatCannotBeReadIsRefusedAndTheRunGoesOn(command: String, path: String) throws {
        let runner = try Runner()
        var file = try Self.file(path)
        let good = try Self.vectors(of: file)[0]
        file["vectors"] = Self.odd + [good]
        let lines = try Self.judge(command, file, runner)
        #expect(lines.count == Self.odd.count + 1)
        for line in lines.dropLast() {
            #expect(line["verdict"] as? String == "reject" && line["reason"] as? String == "malformed_vector")
            #expect(line["event_id"] is NSNull && line["type"] is NSNull)
        }
        #expect(lines.last?["verdict"] as? String == "accept")
    }

    @Test(arguments: [
        ("stripe", "missing_secret"), ("standard-webhooks", "missing_secret"), ("polar", "missing_secret"),
        ("square", "missing_secret"), ("paypal", "cert_chain"),
    ])
    func aBareVectorIsRefused(scheme: String, reason: String) throws {
        let lines = try Self.judge("verify-webhook", [["scheme": scheme]], try Runner())
        #expect(lines.first?["reason"] as? String == reason)
    }

    @Test(arguments: [("verify-webhook", webhooks), ("judge-intent", purchases)])
    func spoiltVectorsNeitherCrashNorStopTheRun(command: String, path: String) throws {
        var file = try Self.file(path)
        let good = try Self.vectors(of: file)
        for seed in 1...3 as ClosedRange<UInt64> {
            var random = SpoilingRandom(state: seed)
            let spoilt = (0..<200).map { _ in Self.spoilt(good[Int(random.next() % UInt64(good.count))], &random) }
            file["vectors"] = spoilt
            #expect(try Self.judge(command, file, try Runner()).count == spoilt.count, "seed \(seed)")
        }
    }

    /// The value with one place of it replaced by something odd.
    static func spoilt(_ value: Any, _ random: inout SpoilingRandom) -> Any {
        let number = random.next() % 8
        if var object = value as? Object, let name = object.keys.sorted().randomElement(using: &random), number > 0 {
            object[name] = number == 1 ? nil : spoilt(object[name] as Any, &random)
            return object
        }
        return odd[Int(random.next() % UInt64(odd.count))]
    }

    /// Writes the files of one delivery.
    static func delivery(_ id: String, in runner: Runner) throws -> (vector: Object, body: FileHandle) {
        let vector = try #require(try vectors(of: try file(webhooks)).first { $0["id"] as? String == id })
        let headers = try #require(vector["headers"] as? [String: String])
        let text = headers.map { "\($0.key): \($0.value)\r\n" }.joined() + "\r\n"
        try Data(text.utf8).write(to: URL(filePath: runner.path("headers")))
        try Data((try #require(vector["secret"] as? String) + "\n").utf8).write(
            to: URL(filePath: runner.path("secret")))
        let body = try #require(Data(base64Encoded: vector["payload_b64"] as? String ?? ""))
        try body.write(to: URL(filePath: runner.path("body")))
        return (vector, try FileHandle(forReadingFrom: URL(filePath: runner.path("body"))))
    }

    @Test func oneDeliveryIsJudgedByHand() throws {
        let runner = try Runner()
        let words = [
            "payments", "verify-webhook", "--scheme", "stripe", "--secret-file", "secret", "--header-file", "headers",
            "--now",
            "1795000000",
        ]
        let good = try runner.run(words, input: try Self.delivery("stripe-01", in: runner).body)
        #expect(good.exit == 0 && good.errors.isEmpty)
        #expect(try good.json()["verdict"] as? String == "accept")
        let bad = try runner.run(words, input: try Self.delivery("stripe-06", in: runner).body)
        #expect(bad.exit == 10 && bad.errors.contains("refused"))
        #expect(try bad.json()["reason"] as? String == "signature_mismatch")
        #expect(!bad.errors.contains("whsec"))
        let old = try runner.run(
            words.dropLast() + ["1795000301"], input: try Self.delivery("stripe-01", in: runner).body)
        #expect(try old.json()["reason"] as? String == "timestamp_too_old")
    }

    @Test(arguments: [
        [], ["--scheme", "stripe"], ["--scheme", "morse", "--header-file", "headers"],
        ["--vectors", "v", "--scheme", "stripe", "--header-file", "headers"],
        ["--scheme", "paypal", "--header-file", "headers"],
        ["--scheme", "stripe", "--header-file", "headers", "--now", "-1"],
        ["--scheme", "stripe", "--header-file", "headers", "--tolerance", "-1"],
    ])
    func wrongOptionsAre64(words: [String]) throws {
        #expect(try Runner().run(["payments", "verify-webhook"] + words).exit == 64)
    }

    @Test func filesThatAreNoVectorsAre65AndMissingOnes66() throws {
        let runner = try Runner()
        for text in ["", "{", "7", "{}", "{\"vectors\":7}", String(repeating: "[", count: 100_000)] {
            try Data(text.utf8).write(to: URL(filePath: runner.path("v.json")))
            for command in ["verify-webhook", "judge-intent"] {
                #expect(try runner.run(["payments", command, "--vectors", "v.json"]).exit == 65)
            }
        }
        #expect(try runner.run(["payments", "judge-intent", "--vectors", "none.json"]).exit == 66)
    }
}

/// A small generator with a seed.
struct SpoilingRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) ^ (state << 31)
    }
}
