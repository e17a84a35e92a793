// Guessing is slow, on every host together, and nobody is locked out for long.

import BuskerCore
import TestSupport
import Testing

@testable import BuskerAccounts

@Suite struct ThrottleTests {
    @Test(arguments: DatabaseKind.all)
    func twoHostsCountTogether(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            try await people.join()
            let other = try people.another()
            let answers = await withTaskGroup(of: AccountsError.Code?.self) { group in
                for at in 0..<24 {
                    let host = at % 2 == 0 ? people : other
                    group.addTask {
                        await code { try await host.login("mina@example.com", "guess \(at)", from: "198.51.100.\(at)") }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { $0 == .badCredentials } == 10, "\(answers)")
            #expect(answers.count { $0 == .throttled } == 14)
            #expect(people.store.hasher.callCount + other.store.hasher.callCount == 11)
            #expect(await code { try await people.login() } == .throttled, "the right password waits too")
            people.pass(30)
            _ = try await people.login()
            #expect(await code { try await people.login("mina@example.com", "guess") } == .badCredentials)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func oneNetworkAddressGuessesSlowlyAtManyAccounts(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            try await people.join()
            var refused = 0
            for at in 0..<35 {
                let from = "2001:db8:1:2::\(at)"
                let answer = await code { try await people.login("user\(at)@example.com", from: from) }
                if answer == .throttled { refused += 1 }
            }
            #expect(refused == 5)
            #expect(await code { try await people.login(from: "2001:db8:1:2::ffff") } == .throttled)
            _ = try await people.login(from: "2001:db8:1:3::1")
        }
    }

    @Test func ownLoginsDoNotPayForGuesses() async throws {
        try await People.open(.sqliteMemory) { people in
            try await people.join()
            var guesses = 0
            while await code({ try await people.login("v\(guesses)@example.com", "guess") }) == .badCredentials {
                guesses += 1
                _ = try? await people.login()
            }
            #expect(guesses == 30)
        }
    }

    @Test func theWaitIsSaidAndEnough() async throws {
        try await People.open(.sqliteMemory) { people in
            try await people.join()
            for _ in 0..<10 { _ = await code { try await people.login("mina@example.com", "guess") } }
            do {
                _ = try await people.login()
                Issue.record("not throttled")
            } catch let error as AccountsError {
                #expect(error.code == .throttled && error.retryAfter == .seconds(30))
            }
        }
    }

    @Test func aBucketIsRightUnderAnyClock() {
        let rule = ThrottleRule(burst: 3, everySeconds: 10)
        var (full, now) = (Timestamp?.none, Timestamp(microseconds: 1_000_000_000_000))
        func take() -> Bool {
            guard case .allowed(let next) = rule.take(full, at: now) else { return false }
            full = next
            return true
        }
        #expect((0..<4).map { _ in take() } == [true, true, true, false])
        now = now.advanced(by: .seconds(10))
        #expect((0..<2).map { _ in take() } == [true, false])
        now = now.advanced(by: .seconds(-20))
        #expect(rule.take(full, at: now) == .refused(.seconds(30)), "clocks that are a little apart count together")
        now = now.advanced(by: .seconds(-86_400 * 365))
        #expect((0..<4).map { _ in take() } == [true, true, true, false])
        full = Timestamp(microseconds: .max)
        #expect(take())
        now = Timestamp(microseconds: .max)
        #expect(rule.take(full, at: now) == .allowed(Timestamp(microseconds: .max)))
    }

    @Test(arguments: [
        ("192.0.2.1", "::ffff:192.0.2.1", true), ("2001:db8::1", "2001:db8::2", true),
        ("2001:db8::1", "2001:db8:0:1::1", false), ("192.0.2.1", "192.0.2.2", false), ("", "unknown", false),
    ])
    func addressesAreCountedAsSubscribersAre(a: String, b: String, isSame: Bool) {
        #expect((ClientAddress(a) == ClientAddress(b)) == isSame)
    }
}
