// Sessions go on by tokens that are good once.

import BuskerAccounts
import BuskerCore
import BuskerDatabase
import TestSupport
import Testing

@Suite struct SessionTests {
    @Test(arguments: DatabaseKind.all)
    func aRefreshGivesTheNextPair(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            try await people.join()
            var pair = try await people.login()
            for _ in 0..<5 {
                people.pass(900)
                #expect(await code { try await people.store.authenticate(pair.access.secret) } == .expired)
                let next = try await people.store.refresh(pair.refresh.secret)
                #expect(next.session == pair.session && next.refresh.secret != pair.refresh.secret)
                _ = try await people.store.authenticate(next.access.secret)
                pair = next
            }
            #expect(try await people.store.sessions(of: pair.account.id).count == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aTokenThatComesAgainEndsTheSession(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            try await people.join()
            let stolen = try await people.login()
            let other = try await people.login()
            let next = try await people.store.refresh(stolen.refresh.secret)
            people.pass(11)
            #expect(await code { try await people.store.refresh(stolen.refresh.secret) } == .reused)
            #expect(await code { try await people.store.refresh(next.refresh.secret) } == .badToken)
            #expect(await code { try await people.store.authenticate(next.access.secret) } == .badToken)
            #expect(await code { try await people.store.authenticate(other.access.secret) } == nil)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func ofManyWhoRefreshAtOnceOneGetsThePairAndTheSessionGoesOn(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            try await people.join()
            let other = try people.another()
            let pair = try await people.login()
            let answers = await withTaskGroup(of: AccountsError.Code?.self) { group in
                for at in 0..<8 {
                    let store = at % 2 == 0 ? people.store : other.store
                    group.addTask { await code { try await store.refresh(pair.refresh.secret) } }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { $0 == nil } == 1 && answers.count { $0 == .justUsed } == 7, "\(answers)")
            #expect(await code { try await people.store.authenticate(pair.access.secret) } == nil)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aClockThatGoesBackRevivesNothing(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            let account = try await people.join()
            let first = try await people.login()
            let ended = try await people.login()
            try await people.store.endSession(ended.session, of: account.id)
            _ = try await people.store.refresh(first.refresh.secret)
            people.pass(-50)
            #expect(await code { try await people.store.refresh(first.refresh.secret) } == .justUsed)
            people.pass(-50)
            #expect(await code { try await people.store.authenticate(ended.access.secret) } == .badToken)
            #expect(await code { try await people.store.refresh(ended.refresh.secret) } == .badToken)
            #expect(await code { try await people.store.refresh(first.refresh.secret) } == .reused)
            people.pass(-86_400)
            _ = try await people.login()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aSessionEndsWhenItIsIdleAndInAnyCaseSomeDay(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            try await people.join()
            let idle = try await people.login()
            var busy = try await people.login()
            people.pass(29 * 86_400)
            busy = try await people.store.refresh(busy.refresh.secret)
            people.pass(86_400)
            #expect(await code { try await people.store.refresh(idle.refresh.secret) } == .expired)
            var days = 30
            while let next = try? await people.store.refresh(busy.refresh.secret) {
                busy = next
                people.pass(10 * 86_400)
                days += 10
                if days > 400 { break }
            }
            #expect(days == 180)
            people.pass(31 * 86_400)
            #expect(try await people.store.sweep() > 0)
            #expect(try await people.count("accounts_session") == 0)
            #expect(try await people.count("accounts_refresh") == 0)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func sessionsAreListedAndEndedByTheirOwnerOnly(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            let (a, b) = (try await people.join("a@example.com"), try await people.join("b@example.com"))
            let one = try await people.login("a@example.com")
            people.pass(5)
            let two = try await people.login("a@example.com")
            let strange = try await people.login("b@example.com")
            #expect(try await people.store.sessions(of: a.id).map(\.id) == [two.session, one.session])
            #expect(await code { try await people.store.endSession(strange.session, of: a.id) } == .notFound)
            try await people.store.endSession(one.session, of: a.id)
            #expect(await code { try await people.store.endSession(one.session, of: a.id) } == .notFound)
            #expect(await code { try await people.store.authenticate(one.access.secret) } == .badToken)
            #expect(try await people.store.endSessions(of: a.id) == 1)
            #expect(try await people.store.sessions(of: b.id).count == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func tooManySessionsEndTheOneThatWasIdleTheLongest(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            var limits = People.limits()
            limits.sessionsMax = 3
            let small = try people.another(limits: limits)
            let account = try await small.join()
            var pairs: [SignedIn] = []
            for _ in 0..<4 {
                pairs.append(try await small.login())
                small.pass(60)
            }
            #expect(try await small.store.sessions(of: account.id).count == 3)
            #expect(await code { try await small.store.authenticate(pairs[0].access.secret) } == .badToken)
        }
    }

    @Test(arguments: [
        "", "rft_", "x", "rft_" + String(repeating: "A", count: 43), "rft_" + String(repeating: "A", count: 42) + "=",
        String(repeating: "rft_", count: 100_000), "bsk_0123456789ab_" + String(repeating: "A", count: 43),
    ])
    func textsThatAreNoTokensAreRefused(text: String) async throws {
        try await People.open(.sqliteMemory) { people in
            #expect(await code { try await people.store.refresh(text) } == .badToken)
            #expect(await code { try await people.store.authenticate(text) } == .badToken)
            #expect(await code { try await people.store.authenticate(key: text) } == .badToken)
        }
    }
}
