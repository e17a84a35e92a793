// People join, log in, verify, forget their passwords, and leave.

import BuskerAccounts
import BuskerCore
import BuskerDatabase
import TestSupport
import Testing

@Suite struct AccountTests {
    @Test(arguments: DatabaseKind.all)
    func whoRegistersCanLogInAndIsKnown(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            let account = try await people.join("Mina@Example.com")
            #expect(account.role == .user && !account.isVerified && account.email.text == "Mina@example.com")
            #expect(try await people.told() == ["registered", "mail:verify"])
            let pair = try await people.login("mina@EXAMPLE.com")
            let me = try await people.store.authenticate(pair.access.secret)
            #expect(me.account == account && me.proof == .session(pair.session) && me.has(scope: "anything"))
            #expect(await code { try me.requireAdmin() } == .forbidden)
            #expect(await code { try await people.login("mina@example.com", "wrong password") } == .badCredentials)
            #expect(await code { try await people.login("nobody@example.com") } == .badCredentials)
            #expect(await code { try await people.login("no address at all") } == .badCredentials)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func anAddressThatIsTakenIsAnsweredByAMailToItsOwner(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            try await people.join("mina@example.com")
            for _ in 0..<6 {
                let answer = try await people.store.register(
                    EmailAddress(parsing: "MINA@example.com"), Password(new: "another password"),
                    from: ClientAddress("192.0.2.9"))
                guard case .taken = answer else {
                    Issue.record("made twice")
                    return
                }
            }
            let mails = try await people.told().filter { $0 == "mail:already_registered" }
            #expect(mails.count == 3, "the owner is not flooded")
            #expect(try await people.count("accounts_account") == 1)
            #expect(await code { try await people.login("mina@example.com", "another password") } == .badCredentials)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func ofManyWhoRegisterAnAddressAtOnceOneGetsIt(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            let other = try people.another()
            let made = try await withThrowingTaskGroup(of: Int.self) { group in
                for at in 0..<12 {
                    let store = at % 2 == 0 ? people.store : other.store
                    group.addTask {
                        let answer = try await store.register(
                            EmailAddress(parsing: "mina@example.com"), Password(new: "password \(at)"),
                            from: ClientAddress("192.0.2.\(at)"))
                        if case .created = answer { return 1 }
                        return 0
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(made == 1)
            #expect(try await people.count("accounts_account") == 1)
            #expect(try await people.told().filter { $0 == "registered" }.count == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatOtherRoomsRefuseIsUndone(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            people.failEffects(true)
            #expect(await code { try await people.join() } == .effectFailed)
            #expect(try await people.count("accounts_account") == 0)
            people.failEffects(false)
            try await people.join()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func everyAttemptCostsOneHashWhetherThereIsAnAccountOrNot(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            try await people.join("mina@example.com")
            try await people.join("gone@example.com")
            let gone = try #require(try await people.store.account(EmailAddress(parsing: "gone@example.com")))
            try await people.store.erase(gone.id)
            let hasher = people.store.hasher
            for (email, password) in [
                ("mina@example.com", "wrong password"), ("nobody@example.com", "wrong password"),
                ("gone@example.com", People.password), ("no address", "wrong password"), ("mina@example.com", ""),
                ("mina@example.com", "a\u{0}b"), ("nobody@example.com", String(repeating: "x", count: 5_000)),
                ("mina@example.com", People.password),
            ] {
                let before = hasher.callCount
                _ = await code { try await people.login(email, password) }
                #expect(hasher.callCount == before + 1, "\(email), \(password.prefix(20))")
            }
            for email in ["mina@example.com", "new@example.com"] {
                let before = hasher.callCount
                _ = try await people.store.register(
                    EmailAddress(parsing: email), Password(new: "another password"), from: ClientAddress("192.0.2.1"))
                #expect(hasher.callCount == before + 1)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aPasswordIsHashedAnewWhenTheCostChanges(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            try await people.join()
            let dearer = try people.another(limits: People.limits(cost: 5))
            let cost: @Sendable () async throws -> String = {
                try await people.database.read { tx in
                    try tx.value("SELECT substr(password, 1, 7) FROM accounts_account") ?? ""
                }
            }
            #expect(await code { try await dearer.login("mina@example.com", "wrong password") } == .badCredentials)
            #expect(try await cost() == "$2b$04$")
            _ = try await dearer.login()
            #expect(try await cost() == "$2b$05$")
            let before = dearer.store.hasher.callCount
            _ = try await dearer.login()
            #expect(dearer.store.hasher.callCount == before + 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aProofIsWorthNothingOnceThePasswordChanged(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            let account = try await people.join()
            let proof = try await people.store.check(
                email: "mina@example.com", password: People.password, from: ClientAddress("::1"))
            let pair = try await people.store.openSession(proof)
            let me = try await people.store.authenticate(pair.access.secret)
            let other = try await people.login()
            try await people.store.changePassword(
                me, current: People.password, new: Password(new: "a new password"), from: ClientAddress("::1"))
            #expect(await code { try await people.store.openSession(proof) } == .badCredentials)
            #expect(await code { try await people.login() } == .badCredentials)
            #expect(await code { try await people.store.authenticate(other.access.secret) } == .badToken)
            #expect(try await people.store.authenticate(pair.access.secret).account.id == account.id)
            _ = try await people.login("mina@example.com", "a new password")
            let wrong = await code {
                try await people.store.changePassword(
                    me, current: "wrong password", new: Password(new: "a third password"), from: ClientAddress("::1"))
            }
            #expect(wrong == .badCredentials)
            #expect(try await people.told().suffix(2) == ["password", "mail:password_changed"])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aDisabledAccountIsOutAtOnceAndOnlyItsOwnerHearsWhy(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            let account = try await people.join()
            let pair = try await people.login()
            let key = try await people.store.makeKey(of: account.id, name: "ci", scopes: ["upload"])
            try await people.store.setDisabled(true, account.id)
            #expect(await code { try await people.store.authenticate(pair.access.secret) } == .badToken)
            #expect(await code { try await people.store.refresh(pair.refresh.secret) } == .badToken)
            #expect(await code { try await people.store.authenticate(key: key.text.secret) } == .disabled)
            #expect(await code { try await people.login() } == .disabled)
            #expect(await code { try await people.login("mina@example.com", "wrong password") } == .badCredentials)
            try await people.store.setDisabled(false, account.id)
            _ = try await people.login()
            #expect(try await people.store.authenticate(key: key.text.secret).account.id == account.id)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func theLastAdministratorStays(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            let (a, b) = (try await people.join("a@example.com"), try await people.join("b@example.com"))
            try await people.store.setRole(.admin, of: a.id)
            for attempt in [
                { try await people.store.setRole(.user, of: a.id) }, { try await people.store.setDisabled(true, a.id) },
                {
                    try await people.store.erase(a.id)
                    return a
                },
            ] as [@Sendable () async throws -> Account] {
                #expect(await code { try await attempt() } == .lastAdmin)
            }
            try await people.store.setRole(.admin, of: b.id)
            let other = try people.another()
            async let first = code { try await people.store.setRole(.user, of: a.id) }
            async let second = code { try await other.store.setRole(.user, of: b.id) }
            let codes = await [first, second]
            #expect(codes.contains(.lastAdmin) && codes.contains(nil), "\(codes)")
            #expect(try await people.count("accounts_account WHERE role = 'admin'") == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatIsErasedIsGoneAndTheNameStays(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            let account = try await people.join()
            let pair = try await people.login()
            let key = try await people.store.makeKey(of: account.id, name: "ci", scopes: ["upload"])
            try await people.store.requestReset(email: "mina@example.com", from: ClientAddress("::1"))
            try await people.store.erase(account.id)
            #expect(await code { try await people.login() } == .badCredentials)
            #expect(await code { try await people.store.authenticate(pair.access.secret) } == .badToken)
            #expect(await code { try await people.store.refresh(pair.refresh.secret) } == .badToken)
            #expect(await code { try await people.store.authenticate(key: key.text.secret) } == .badToken)
            #expect(await code { try await people.store.erase(account.id) } == .notFound)
            let token = try await people.token("reset")
            let reset = await code {
                try await people.store.resetPassword(
                    token: token, new: Password(new: "a new password"), from: ClientAddress("::1"))
            }
            #expect(reset == .badToken)
            #expect(try await people.store.account(account.id) == nil)
            #expect(try await people.count("accounts_account WHERE email IS NULL AND password IS NULL") == 1)
            for table in ["accounts_session", "accounts_refresh", "accounts_key", "accounts_link"] as [SQL] {
                #expect(try await people.count(table) == 0, "\(table)")
            }
            #expect(try await people.told().last == "erased")
            let again = try await people.join()
            #expect(again.id != account.id)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func accountsAreListedPageByPage(kind: DatabaseKind) async throws {
        try await People.open(kind) { people in
            var made: [AccountID] = []
            for at in 0..<7 { made.append(try await people.join("p\(at)@example.com").id) }
            try await people.store.erase(made[3])
            made.remove(at: 3)
            var (seen, after) = ([AccountID](), Cursor?.none)
            repeat {
                let page = try await people.store.accounts(page: PageRequest(after: after, limit: 2))
                seen += page.items.map(\.id)
                after = page.next
            } while after != nil
            #expect(seen == made.reversed())
            let strange = try Cursor(list: "jobs", after: Int64(1))
            #expect(await code { try await people.store.accounts(page: PageRequest(after: strange)) } == .badCursor)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func registrationIsPartOfTheHostsTransaction(kind: DatabaseKind) async throws {
        struct Stop: Error {}
        try await People.open(kind) { people in
            let hash = try await people.store.hasher.hash(Password(new: People.password))
            let email = try EmailAddress(parsing: "mina@example.com")
            await #expect(throws: Stop.self) {
                try await people.database.write { tx in
                    _ = try people.store.register(email, hash, in: tx)
                    throw Stop()
                }
            }
            #expect(try await people.count("accounts_account") == 0)
            let pair = try await people.database.write { tx in
                guard case .created(let proof) = try people.store.register(email, hash, role: .admin, in: tx) else {
                    throw Stop()
                }
                return try people.store.openSession(proof, label: "first\r\nlogin", in: tx)
            }
            #expect(try await people.store.authenticate(pair.access.secret).account.role == .admin)
            #expect(try await people.store.sessions(of: pair.account.id).map(\.label) == ["first login"])
        }
    }
}
