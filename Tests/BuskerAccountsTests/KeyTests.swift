// API keys do what their scopes name, until they are revoked or over.

import BuskerAccounts
import BuskerCore
import TestSupport
import Testing

@Suite struct KeyTests {
    @Test(arguments: DatabaseKind.all)
    func aKeyDoesWhatItsScopesName(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            let account = try await people.join()
            let made = try await people.store.makeKey(of: account.id, name: "ci", scopes: ["jobs:read", "upload"])
            #expect(made.text.secret.hasPrefix(made.key.prefix + "_") && made.text.secret.utf8.count == 60)
            let me = try await people.store.authenticate(key: made.text.secret)
            #expect(me.account == account && me.has(scope: "upload") && !me.has(scope: "jobs:write"))
            #expect(await code { try me.require(scope: "jobs:write") } == .forbidden)
            #expect(try await people.store.keys(of: account.id)[0].usedAt == people.clock.now)
            try await people.store.setRole(.admin, of: account.id)
            let admin = try await people.store.authenticate(key: made.text.secret)
            #expect(await code { try admin.requireAdmin() } == .forbidden, "a key of an administrator needs the scope")
            let refused = await code {
                try await people.store.changePassword(
                    admin, current: People.password, new: Password(new: "a new password"), from: ClientAddress("::1"))
            }
            #expect(refused == .forbidden)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func revokedAndExpiredKeysAreRefused(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            let (a, b) = (try await people.join("a@example.com"), try await people.join("b@example.com"))
            let until = people.clock.now.advanced(by: .seconds(100))
            let short = try await people.store.makeKey(of: a.id, name: "short", scopes: ["x"], expiresAt: until)
            let long = try await people.store.makeKey(of: a.id, name: "long", scopes: ["x"])
            people.pass(100)
            #expect(await code { try await people.store.authenticate(key: short.text.secret) } == .expired)
            _ = try await people.store.authenticate(key: long.text.secret)
            #expect(await code { try await people.store.revokeKey(long.key.id, of: b.id) } == .notFound)
            try await people.store.revokeKey(long.key.id, of: a.id)
            #expect(await code { try await people.store.authenticate(key: long.text.secret) } == .badToken)
            #expect(await code { try await people.store.revokeKey(long.key.id, of: a.id) } == .notFound)
        }
    }

    @Test func aKeyThatIsNearlyRightIsWrong() async throws {
        try await People.open(.sqliteMemory) { people in
            let account = try await people.join()
            let text = try await people.store.makeKey(of: account.id, name: "ci", scopes: ["x"]).text.secret
            var random = SeededGenerator(seed: 4)
            for round in 0..<300 {
                var bytes = Array(text.utf8)
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<7, using: &random)
                let answer = await code {
                    try await people.store.authenticate(key: String(decoding: bytes, as: UTF8.self))
                }
                #expect(answer == .badToken, "seed 4, round \(round)")
            }
        }
    }

    @Test func keysHaveBounds() async throws {
        try await People.open(.sqliteMemory) { people in
            let account = try await people.join()
            let make: @Sendable (String, Set<String>, Timestamp?) async -> AccountsError.Code? = { name, scopes, end in
                await code {
                    try await people.store.makeKey(of: account.id, name: name, scopes: scopes, expiresAt: end)
                }
            }
            #expect(await make("", ["x"], nil) == .badRequest)
            #expect(await make("a\nb", ["x"], nil) == .badRequest)
            #expect(await make("a", [], nil) == .badRequest)
            #expect(await make("a", ["x y"], nil) == .badRequest)
            #expect(await make("a", [""], nil) == .badRequest)
            #expect(await make("a", ["x"], people.clock.now) == .badRequest)
            for _ in 0..<20 { #expect(await make("a", ["x"], nil) == nil) }
            #expect(await make("a", ["x"], nil) == .tooMany)
        }
    }
}
