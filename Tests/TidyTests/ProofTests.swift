// What must not compile: proofs of payment that somebody makes up.

import Foundation
import TestSupport
import Testing

@Suite struct ProofTests {
    /// A line of a host's code, and what the compiler must say to it; nothing for code that is right.
    struct Attempt: Sendable, CustomTestStringConvertible {
        let name: String
        let code: String
        let complaint: String?

        var testDescription: String { name }
    }

    static let attempts = [
        Attempt(
            name: "the body of an event whose signature covers it",
            code: "func f(_ event: VerifiedEvent<FullBody>) -> Int64? { event.body[\"amount\"]?.integer }",
            complaint: nil),
        Attempt(
            name: "the body of a PayPal event",
            code: "func f(_ event: VerifiedEvent<HintOnly>) -> Int64? { event.body[\"amount\"]?.integer }",
            complaint: "property 'body' requires the types 'HintOnly' and 'FullBody' be equivalent"),
        Attempt(
            name: "a hint in the place of an event",
            code: "func g(_ event: VerifiedEvent<FullBody>) {}\nfunc f(_ event: VerifiedEvent<HintOnly>) { g(event) }",
            complaint: "cannot convert value of type 'VerifiedEvent<HintOnly>'"),
        Attempt(
            name: "an event without a verifier", code: "func f() -> VerifiedEvent<FullBody> { VerifiedEvent() }",
            complaint: "initializer is inaccessible"),
        Attempt(
            name: "a signed body without a signature", code: "func f() -> SignedBody<FullBody> { SignedBody() }",
            complaint: "initializer is inaccessible"),
        Attempt(
            name: "a payment without the judge", code: "func f() -> VerifiedPayment { VerifiedPayment() }",
            complaint: "initializer is inaccessible"),
        Attempt(
            name: "an answer that no provider gave", code: "func f() -> FetchedObject { FetchedObject() }",
            complaint: "initializer is inaccessible"),
        Attempt(
            name: "a verdict that the judge did not give",
            code: "func f() -> PaymentVerdict { PaymentVerdict(\"ok\") }",
            complaint: "initializer is inaccessible"),
        Attempt(
            name: "a payment made from a webhook's body",
            code: """
                func f(_ event: VerifiedEvent<FullBody>, _ expected: PaymentExpectation) throws -> VerifiedPayment {
                    try PaymentPolicy.verifyPayment(event.body, expecting: expected)
                }
                """, complaint: "cannot convert value of type 'JSONValue' to expected argument type 'FetchedObject'"),
        Attempt(
            name: "a lease that no claim gave", code: "import BuskerJobs\nfunc f() -> JobLease { JobLease() }",
            complaint: "initializer is inaccessible"),
    ]

    @Test(arguments: attempts)
    func onlyRightCodeCompiles(attempt: Attempt) throws {
        let test = try #require(Bundle.main.executableURL)
        let modules = test.deletingLastPathComponent().appending(path: "Modules")
        try #require(FileManager.default.fileExists(atPath: modules.appending(path: "BuskerPayments.swiftmodule").path))
        let build = test.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let sqlite = build.appending(path: "checkouts/GRDB.swift/Sources/GRDBSQLite")
        let file = FileManager.default.temporaryDirectory.appending(path: "proof-\(UUID().uuidString).swift")
        try Data("import BuskerCore\nimport BuskerPayments\n\(attempt.code)\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let compiler = try Program.run(["swiftc", "-typecheck", "-I", modules.path, "-I", sqlite.path, file.path])
        #expect((compiler.status == 0) == (attempt.complaint == nil), "\(compiler)")
        if let complaint = attempt.complaint { #expect(compiler.errors.contains(complaint), "\(compiler)") }
    }
}
