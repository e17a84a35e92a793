// An address changes when its new mailbox shows that it is right, and not before.

import BuskerAccounts
import BuskerCore
import BuskerDatabase
import TestSupport
import Testing

@Suite struct EmailChangeTests {
    static let client = ClientAddress("192.0.2.1")

    private static func ask(
        _ people: People, _ email: String = "Mina@new.example", password: String = People.password
    ) async throws {
        let me = try await people.store.authenticate(people.login().access.secret)
        try await people.store.requestEmailChange(
            me, to: EmailAddress(parsing: email), password: password, from: client)
    }

    @Test(arguments: DatabaseKind.all)
    func theLinkOfTheNewMailboxChangesTheAddressOnce(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            let account = try await people.join()
            let verify = try await people.token("verify")
            try await Self.ask(people)
            #expect(try await people.store.account(account.id)?.email.text == "mina@example.com")
            #expect(try await people.receiver("change_email") == "Mina@new.example")
            #expect(try await people.receiver("email_change_asked") == "mina@example.com")
            let token = try await people.token("change_email")
            let other = try people.another()
            let answers = await withTaskGroup(of: AccountsError.Code?.self) { group in
                for store in [people.store, other.store, people.store] {
                    group.addTask { await code { try await store.confirmEmail(token: token) } }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { $0 == nil } == 1 && answers.count { $0 == .badToken } == 2, "\(answers)")
            let after = try #require(try await people.store.account(account.id))
            #expect(after.email.text == "Mina@new.example" && after.isVerified)
            #expect(try await people.receiver("email_changed") == "mina@example.com")
            #expect(try await people.told().filter { $0 == "email:Mina@new.example" || $0 == "verified" }.count == 2)
            #expect(await code { try await people.login() } == .badCredentials)
            _ = try await people.login("mina@NEW.example")
            #expect(await code { try await people.store.verifyEmail(token: verify) } == .badToken)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func onlyThePasswordAsksAndNobodyLearnsWhoHasAnAddress(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            try await people.join()
            try await people.join("taken@example.com")
            #expect(await code { try await Self.ask(people, password: "not the password") } == .badCredentials)
            #expect(await code { try await Self.ask(people, "MINA@example.com") } == .badRequest)
            try await Self.ask(people, "Taken@example.com")
            #expect(try await people.token("change_email").isEmpty)
            #expect(try await people.receiver("already_registered") == "taken@example.com")
            #expect(try await people.count("accounts_link WHERE purpose = 'change_email' AND account IS NULL") == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aLinkIsGoodForItsTimeForTheAddressItWasAskedFromAndWhileNobodyHasTheNewOne(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            try await people.join()
            try await Self.ask(people)
            let old = try await people.token("change_email")
            try await Self.ask(people, "second@new.example")
            #expect(await code { try await people.store.confirmEmail(token: old) } == .badToken)
            #expect(await code { try await people.store.verifyEmail(token: people.token("change_email")) } == .badToken)
            try await people.join("second@new.example")
            #expect(
                await code { try await people.store.confirmEmail(token: people.token("change_email")) } == .badToken)
            #expect(try await people.login().account.email.text == "mina@example.com")
            people.pass(86_400)
            try await Self.ask(people, "third@new.example")
            people.pass(people.store.limits.changeSeconds)
            #expect(
                await code { try await people.store.confirmEmail(token: people.token("change_email")) } == .badToken)
            #expect(await code { try await people.store.confirmEmail(token: "x") } == .badToken)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func mailsAreCountedAndAFailedEffectChangesNothing(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            try await people.join()
            for at in 0..<3 { try await Self.ask(people, "a\(at)@new.example") }
            #expect(await code { try await Self.ask(people, "a4@new.example") } == .throttled)
            let token = try await people.token("change_email")
            people.failEffects(true)
            #expect(await code { try await people.store.confirmEmail(token: token) } == .effectFailed)
            people.failEffects(false)
            #expect(try await people.store.confirmEmail(token: token).email.text == "a2@new.example")
        }
    }
}
