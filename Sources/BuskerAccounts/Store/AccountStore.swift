// People, their sessions and their keys, as a host uses them.

public import BuskerCore
public import BuskerDatabase

/// Registers people, recognises them, and lets them go.
///
/// What changes tables exists twice: as part of a transaction (`in: tx`), and by itself. Passwords are hashed outside of
/// transactions. Refusals do the same work whether an account exists or not.
public final class AccountStore: Sendable {
    /// The database that holds the tables of ``AccountsSchema``.
    public let database: any Database
    /// The limits in force.
    public let limits: AccountLimits
    /// Signs and verifies access tokens.
    public let tokens: AccessTokens
    /// Hashes passwords.
    public let hasher: PasswordHasher
    let effects: any AccountEffectHandler
    let clock: any WallClock
    let ids: IDGenerator
    let chance: Chance

    /// Makes a store on a database whose tables ``AccountsSchema/migrations`` brought up to date.
    ///
    /// - Parameters:
    ///   - database: where accounts are kept.
    ///   - tokens: signs and verifies access tokens.
    ///   - effects: carries out what other rooms must do.
    ///   - hasher: hashes passwords; nothing makes one of the limits.
    ///   - clock: the time of day.
    ///   - ids: makes the ids of accounts, sessions and keys.
    ///   - random: where tokens come from; it must be unpredictable.
    ///   - limits: the limits in force.
    public init(
        _ database: any Database, tokens: AccessTokens, effects: any AccountEffectHandler = NoAccountEffects(),
        hasher: PasswordHasher? = nil, clock: any WallClock = SystemClock(), ids: IDGenerator = IDGenerator(),
        random: some RandomNumberGenerator & Sendable = SystemRandom(), limits: AccountLimits = AccountLimits()
    ) {
        self.database = database
        self.limits = limits
        self.tokens = tokens
        self.effects = effects
        self.hasher = hasher ?? PasswordHasher(limits: limits)
        self.clock = clock
        self.ids = ids
        chance = Chance(random)
    }

    @discardableResult
    func writing<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws(AccountsError) -> T {
        do { return try await database.write(body) } catch { throw AccountsError(any: error) }
    }

    func reading<T: Sendable>(_ body: @escaping @Sendable (ReadTransaction) throws -> T) async throws(AccountsError)
        -> T
    {
        do { return try await database.read(body) } catch { throw AccountsError(any: error) }
    }

    /// A label as it is stored: a line of at most 100 bytes.
    func label(_ text: String) -> String {
        var label = ""
        for character in text where label.utf8.count + character.utf8.count <= AccountLimits.labelBytesMax {
            let isPlain = character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            label.append(isPlain ? character : " ")
        }
        return label
    }
}
