// Links in mails are good once, for whom they were sent, until their time is over.

import BuskerAccounts
import BuskerCore
import BuskerDatabase
import TestSupport
import Testing

@Suite struct LinkTests {
    @Test(arguments: DatabaseKind.all)
    func aLinkVerifiesTheAddressOnce(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            let account = try await people.join()
            let token = try await people.token("verify")
            #expect(token.utf8.count == 43)
            #expect(try await people.store.verifyEmail(token: token).isVerified)
            #expect(await code { try await people.store.verifyEmail(token: token) } == .badToken)
            #expect(try await people.told().filter { $0 == "verified" }.count == 1)
            try await people.store.requestVerification(of: account.id)
            #expect(try await people.told().filter { $0 == "mail:verify" }.count == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aNewLinkEndsTheOldOneAndNobodyIsFlooded(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            let account = try await people.join()
            let old = try await people.token("verify")
            for _ in 0..<3 { try await people.store.requestVerification(of: account.id) }
            #expect(await code { try await people.store.requestVerification(of: account.id) } == .throttled)
            #expect(await code { try await people.store.verifyEmail(token: old) } == .badToken)
            try await people.store.verifyEmail(token: people.token("verify"))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aResetSetsThePasswordOnceAndEndsEverySession(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            try await people.join()
            let pair = try await people.login()
            try await people.store.requestReset(email: "MINA@example.com", from: ClientAddress("::1"))
            let token = try await people.token("reset")
            let other = try people.another()
            let answers = await withTaskGroup(of: AccountsError.Code?.self) { group in
                for at in 0..<6 {
                    let store = at % 2 == 0 ? people.store : other.store
                    group.addTask {
                        await code {
                            try await store.resetPassword(
                                token: token, new: Password(new: "new password \(at)"), from: ClientAddress("::1"))
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { $0 == nil } == 1 && answers.count { $0 == .badToken } == 5, "\(answers)")
            #expect(await code { try await people.store.authenticate(pair.access.secret) } == .badToken)
            #expect(await code { try await people.login() } == .badCredentials)
            #expect(try await people.store.accounts().items[0].isVerified)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func nobodyLearnsWhoHasAnAccount(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            try await people.join()
            let before = try await people.count("accounts_link")
            for email in ["mina@example.com", "nobody@example.com"] {
                var codes: [AccountsError.Code?] = []
                for _ in 0..<4 {
                    codes.append(
                        await code {
                            try await people.store.requestReset(email: email, from: ClientAddress("192.0.2.7"))
                        })
                }
                #expect(codes == [nil, nil, nil, .throttled], "\(email)")
            }
            #expect(try await people.count("accounts_link") == before + 1 + 3)
            #expect(try await people.told().filter { $0 == "mail:reset" }.count == 3)
            let links = try await people.count("accounts_link WHERE account IS NULL")
            #expect(links == 3)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aLinkIsForOnePurposeAndForItsTime(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            try await people.join()
            let verify = try await people.token("verify")
            try await people.store.requestReset(email: "mina@example.com", from: ClientAddress("::1"))
            let reset = try await people.token("reset")
            let set: @Sendable (String) async -> AccountsError.Code? = { token in
                await code {
                    try await people.store.resetPassword(
                        token: token, new: Password(new: "a new password"), from: ClientAddress("::1"))
                }
            }
            #expect(await set(verify) == .badToken)
            #expect(await code { try await people.store.verifyEmail(token: reset) } == .badToken)
            for token in ["", "x", String(repeating: "A", count: 43), reset + "A", String(reset.dropLast())] {
                #expect(await set(token) == .badToken)
            }
            people.pass(3_600)
            #expect(await set(reset) == .badToken)
            people.pass(-10)
            #expect(await set(reset) == nil)
            people.pass(-3_000)
            #expect(await set(reset) == .badToken, "used is used, whatever the clock says")
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aChangedPasswordEndsLinksToChangeIt(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            try await people.join()
            try await people.store.requestReset(email: "mina@example.com", from: ClientAddress("::1"))
            let token = try await people.token("reset")
            let me = try await people.store.authenticate(people.login().access.secret)
            try await people.store.changePassword(
                me, current: People.password, new: Password(new: "a new password"), from: ClientAddress("::1"))
            let hashes = people.store.hasher.callCount
            let answer = await code {
                try await people.store.resetPassword(
                    token: token, new: Password(new: "thief's password"), from: ClientAddress("::1"))
            }
            #expect(answer == .badToken)
            #expect(people.store.hasher.callCount == hashes, "a bad link costs no hash")
        }
    }
}
