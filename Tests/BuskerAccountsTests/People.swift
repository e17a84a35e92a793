// A service with accounts for tests: a clock, cheap hashes, and a record of what other rooms were told.

import BuskerAccounts
import BuskerCore
import BuskerDatabase
import Synchronization
import TestSupport

/// Writes effects into the database, so that what is undone is not there.
struct RecordingHandler: AccountEffectHandler {
    static let migration = Migration(room: "test", version: 1, name: "what effects did") { d in
        [
            """
            CREATE TABLE test_effect (
                id \(d.identity), kind TEXT NOT NULL, account \(d.bytes) NOT NULL, receiver TEXT, token TEXT, mail_key TEXT)
            """
        ]
    }

    struct Failure: Error {}
    let failing: @Sendable () -> Bool

    func apply(_ effect: AccountEffect, in tx: Transaction) throws {
        if failing() { throw Failure() }
        switch effect {
        case .registered(let account): try note("registered", account.id, in: tx)
        case .mail(let mail):
            try note(
                "mail:" + mail.kind.rawValue, mail.account, to: mail.to.text, mail.token?.secret, mail.key, in: tx)
        case .verified(let account): try note("verified", account.id, in: tx)
        case .passwordChanged(let account): try note("password", account.id, in: tx)
        case .emailChanged(let account): try note("email:" + account.email.text, account.id, in: tx)
        case .roleChanged(let account): try note("role:" + account.role.rawValue, account.id, in: tx)
        case .disabled(let account): try note(account.isDisabled ? "disabled" : "enabled", account.id, in: tx)
        case .erased(let id): try note("erased", id, in: tx)
        }
    }

    private func note(
        _ kind: String, _ account: AccountID, to: String? = nil, _ token: String? = nil, _ key: String? = nil,
        in tx: Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO test_effect (kind, account, receiver, token, mail_key)
            VALUES (\(kind), \(account), \(to), \(token), \(key))
            """)
    }
}

/// The service under test.
final class People: Sendable {
    static let secret = "kT9vQ2mZx7LpR4wYc8NfJ1hBs6DgUa3E"
    static let password = "correct horse battery"

    let database: any Database
    let clock: ManualClock
    let store: AccountStore
    let isFailing: Switch

    /// A flag that a test turns.
    final class Switch: Sendable {
        let on = Mutex(false)
    }

    static func open<T>(_ kind: DatabaseKind, _ body: (People) async throws -> T) async throws -> T {
        try await withDatabase(kind) { database in
            try await database.migrate(AccountsSchema.migrations + [RecordingHandler.migration])
            return try await body(try People(database))
        }
    }

    static func limits(cost: Int = 4) -> AccountLimits {
        var limits = AccountLimits()
        limits.hashCost = cost
        limits.registrations = ThrottleRule(burst: 1_000, everySeconds: 1)
        return limits
    }

    init(
        _ database: any Database, clock: ManualClock = ManualClock(), limits: AccountLimits = People.limits(),
        tokens: AccessTokens? = nil
    ) throws {
        self.database = database
        self.clock = clock
        let isFailing = Switch()
        self.isFailing = isFailing
        store = AccountStore(
            database, tokens: try tokens ?? Self.tokens(),
            effects: RecordingHandler(failing: { isFailing.on.withLock { $0 } }), clock: clock,
            ids: IDGenerator(clock: clock, random: SystemRandom()), limits: limits)
    }

    static func tokens(
        issuer: String = "https://stems.example", audience: String = "stems", secret: String = secret,
        previous: [TokenKey] = []
    ) throws -> AccessTokens {
        try AccessTokens(
            issuer: issuer, audience: audience, current: TokenKey(SecretKey(parsing: secret)), previous: previous)
    }

    /// Another host of the same service.
    func another(limits: AccountLimits = People.limits()) throws -> People {
        try People(database, clock: clock, limits: limits)
    }

    /// Lets effects fail, or not.
    func failEffects(_ on: Bool) { isFailing.on.withLock { $0 = on } }

    func pass(_ seconds: Int64) { clock.advance(microseconds: seconds * 1_000_000) }

    /// An account with the usual password.
    @discardableResult
    func join(_ email: String = "mina@example.com") async throws -> Account {
        let address = try EmailAddress(parsing: email)
        guard
            case .created(let proof) = try await store.register(
                address, Password(new: Self.password), from: ClientAddress("192.0.2.1"))
        else { throw AccountsError(.badRequest, "taken") }
        return proof.account
    }

    func login(_ email: String = "mina@example.com", _ password: String = password, from: String = "192.0.2.1")
        async throws -> SignedIn
    {
        try await store.login(email: email, password: password, from: ClientAddress(from))
    }

    /// What other rooms were told, in order.
    func told() async throws -> [String] {
        try await database.read { tx in
            try tx.rows("SELECT kind FROM test_effect ORDER BY id").map { try $0.get(0) }
        }
    }

    /// The token of the last mail of a kind.
    func token(_ kind: String) async throws -> String {
        let kind = "mail:" + kind
        return try await database.read { tx in
            try tx.value("SELECT token FROM test_effect WHERE kind = \(kind) ORDER BY id DESC LIMIT 1") ?? ""
        }
    }

    /// Where the last mail of a kind went.
    func receiver(_ kind: String) async throws -> String? {
        let kind = "mail:" + kind
        return try await database.read { tx in
            try tx.value("SELECT receiver FROM test_effect WHERE kind = \(kind) ORDER BY id DESC LIMIT 1")
        }
    }

    func count(_ table: SQL) async throws -> Int {
        try await database.read { tx in try tx.value("SELECT count(*) FROM \(table)") ?? -1 }
    }
}

/// The code of the error that a call ends with; nothing when it does not fail.
func code<T>(_ body: () async throws -> T) async -> AccountsError.Code? {
    do {
        _ = try await body()
        return nil
    } catch let error as AccountsError {
        return error.code
    } catch {
        return .databaseFailed
    }
}
