// How passwords are hashed and compared.

import BuskerCore
import Synchronization
import TestSupport
import Testing

@testable import BuskerAccounts

@Suite struct PasswordTests {
    private var hasher: PasswordHasher { PasswordHasher(limits: People.limits()) }

    @Test func aHashIsTheOneOfItsPassword() async throws {
        let hash = try await hasher.hash(Password(new: "correct horse"))
        #expect(hash.text.hasPrefix("$2b$04$") && hash.cost == 4 && "\(hash)" == "bcrypt(4)")
        #expect(try await hasher.verify(Password(entered: "correct horse"), against: hash))
        #expect(try await !hasher.verify(Password(entered: "correct horsf"), against: hash))
        #expect(try await !hasher.verify(nil, against: hash))
        #expect(try await !hasher.verify(Password(entered: "correct horse"), against: nil))
        #expect(try await hasher.hash(Password(new: "correct horse")) != hash)
    }

    /// From the tests of the reference implementation (Openwall crypt_blowfish 1.3) and of jBCrypt.
    @Test(arguments: [
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("U*U*U", "$2b$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
        ("a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"),
    ])
    func hashesOfElsewhereAreVerified(password: String, hash: String) async throws {
        let hash = try PasswordHash(parsing: hash)
        #expect(try await hasher.verify(Password(entered: password), against: hash))
        #expect(try await !hasher.verify(Password(entered: password + "!"), against: hash))
        #expect(hasher.isOutdated(hash))
    }

    @Test func everyByteOfALongPasswordCounts() async throws {
        let long = String(repeating: "긴 암호 ", count: 12)
        #expect(long.utf8.count > 72)
        let hash = try await hasher.hash(Password(new: long + "a"))
        #expect(try await hasher.verify(Password(entered: long + "a"), against: hash))
        #expect(try await !hasher.verify(Password(entered: long + "b"), against: hash))
        let edge = String(repeating: "x", count: 72)
        #expect(try Password(new: edge).bytes.count == 72)
        #expect(try Password(new: edge + "y").bytes.count == 64)
        #expect(try Password(new: edge + "y").bytes != Password(new: edge + "z").bytes)
    }

    @Test func oneTextOfTwoKeyboardsIsOnePassword() throws {
        #expect(try Password(new: "cafe\u{301} creme").bytes == Password(new: "caf\u{E9} creme").bytes)
    }

    @Test(arguments: ["", "1234567", "abc\u{0}defgh", "abc\r\ndefgh", String(repeating: "a", count: 1025)])
    func badPasswordsAreRefused(text: String) async {
        #expect(await code { try Password(new: text) } == .badPassword)
    }

    @Test func secretsDoNotPrintThemselves() throws {
        let things: [Any] = [
            try Password(new: "correct horse"), SecretText("correct horse"), try SecretKey(parsing: People.secret),
            TokenKey(try SecretKey(parsing: People.secret)),
        ]
        for thing in things {
            var dumped = ""
            dump(thing, to: &dumped)
            for text in ["\(thing)", String(reflecting: thing), dumped] {
                #expect(!text.contains("correct") && !text.contains("kT9v"), "\(text)")
            }
        }
    }

    @Test(arguments: [
        "", "x", "$2b$10$", "$2x$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$99$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyO:W",
    ])
    func textsThatAreNoHashesAreRefused(text: String) async {
        #expect(await code { try PasswordHash(parsing: text) } == .badRequest)
    }

    @Test func whatIsTooMuchIsTurnedAway() async throws {
        let threads = OwnThreads(threadsMax: 1, waitingMax: 1)
        let (gate, begun) = (Gate(), Gate())
        let first = Task {
            await threads.run {
                begun.open()
                gate.wait()
                return 1
            }
        }
        await begun.opened()
        let others = (2...4).map { number in Task { await threads.run { number } } }
        let answers = AsyncStream<Int?> { continuation in
            for other in others { Task { continuation.yield(await other.value) } }
        }
        var turnedAway = 0
        for await answer in answers {
            if answer == nil { turnedAway += 1 }
            if turnedAway == 2 { break }
        }
        gate.open()
        #expect(await first.value == 1)
        var done = 0
        for other in others where await other.value != nil { done += 1 }
        #expect(done == 1)
        for number in 0..<200 { #expect(await threads.run { number } == number) }
    }

    @Test(arguments: [
        "", "short", "changeme-changeme-changeme-changeme", "your-secret-key-here-0123456789-xyzw",
        String(repeating: "a", count: 64), String(repeating: "kT9vQ2mZ", count: 8),
        "abcdefghijklmnopqrstuvwxyz0123456789", "kT9vQ2mZx7LpR4wYc8NfJ1hBs6DgUa3\n",
        "kT9vQ2mZx7LpR4wYc8NfJ1h Bs6DgUa3E",
        "01234567890123456789012345678901", "SuperSecret!kT9vQ2mZx7LpR4wYc8NfJ1hBs6Dg",
    ])
    func weakSecretKeysAreRefusedWithoutBeingShown(text: String) async {
        do {
            _ = try SecretKey(parsing: text)
            Issue.record("accepted")
        } catch {
            #expect(error.code == .weakSecret && error.detail.contains("openssl rand"))
            #expect(text.isEmpty || !error.detail.contains(text))
        }
    }

    @Test func goodSecretKeysAreTaken() throws {
        _ = try SecretKey(parsing: People.secret)
        _ = try SecretKey(parsing: "9f2c4be1a07d3586c1e94fb20a6d7385f0c3e1b7295d8a46")
        _ = try SecretKey(parsing: "q8Jt0mEwH4Vb2nZyKx5RcLpDfGuSiAo7+/T1Y3N6M9hBvXkQgUjWzPeCrFsOlIda")
    }
}
