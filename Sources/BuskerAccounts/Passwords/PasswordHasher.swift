// Hashes passwords on threads of its own.

public import BuskerCore
import CCrypt
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Hashes and compares passwords by bcrypt of libxcrypt, so slowly that guessing does not pay.
///
/// The work runs on threads of its own: neither an event loop nor a thread of Swift's pool waits for it. What comes when the
/// queue is full is turned away with `busy`, so that a flood of logins does not stop those who are logged in.
public final class PasswordHasher: Sendable {
    /// The cost of new hashes.
    public let cost: Int
    private let threads: OwnThreads
    private let chance: Chance
    private let calls = Atomic<Int>(0)
    private let decoy: PasswordHash

    /// Makes a hasher.
    ///
    /// - Parameters:
    ///   - limits: cost, threads and queue; the cost is held at 4...15.
    ///   - random: where salts come from.
    public init(limits: AccountLimits = AccountLimits(), random: some RandomNumberGenerator & Sendable = SystemRandom())
    {
        cost = min(max(limits.hashCost, 4), 15)
        threads = OwnThreads(threadsMax: limits.hashThreads, waitingMax: limits.hashesWaitingMax)
        chance = Chance(random)
        let digits = cost < 10 ? "0\(cost)" : "\(cost)"
        decoy = PasswordHash(
            unchecked: "$2b$\(digits)$" + String(repeating: ".", count: 21) + "O" + String(repeating: ".", count: 31),
            cost: cost)
    }

    /// The hash of a password under a salt of its own.
    ///
    /// - Throws: ``AccountsError`` with `busy`.
    public func hash(_ password: Password) async throws(AccountsError) -> PasswordHash {
        let salt = chance.bytes(16)
        let cost = cost
        let text = try await work { Bcrypt.setting(cost: cost, salt: salt).flatMap { Bcrypt.hash(password, $0) } }
        guard let text else {
            throw AccountsError(.busy, "The system's bcrypt gave no hash; is libxcrypt complete?")
        }
        return try PasswordHash(parsing: text)
    }

    /// Whether a password is the one of a hash; without a hash the same work is done and the answer is no.
    ///
    /// - Throws: ``AccountsError`` with `busy`.
    func verify(_ password: Password?, against hash: PasswordHash?) async throws(AccountsError) -> Bool {
        let setting = hash ?? decoy
        let found = try await work { Bcrypt.hash(password ?? .nobody, setting.text) }
        guard let found else { return false }
        let isEqual = TokenText.equal(Array(found.utf8), Array(setting.text.utf8))
        return isEqual && hash != nil && password != nil
    }

    /// Whether a hash was made at another cost than is asked for today.
    func isOutdated(_ hash: PasswordHash) -> Bool { hash.cost != cost || !hash.text.hasPrefix("$2b$") }

    /// How many hashes were computed, for tests of the shape of time.
    package var callCount: Int { calls.load(ordering: .relaxed) }

    private func work<T: Sendable>(_ body: @escaping @Sendable () -> T) async throws(AccountsError) -> T {
        calls.add(1, ordering: .relaxed)
        guard let value = await threads.run(body) else {
            throw AccountsError(
                .busy, "Too many passwords wait to be checked; try again in a moment.", retryAfter: .seconds(2))
        }
        return value
    }
}

extension Password {
    /// What is hashed when nothing was given that could be a password.
    fileprivate static let nobody = Password(bytes: Array("nobody's password".utf8))

    fileprivate init(bytes: [UInt8]) { self.bytes = bytes }
}

extension PasswordHash {
    fileprivate init(unchecked text: String, cost: Int) {
        self.text = text
        self.cost = cost
    }
}

/// The calls of libxcrypt.
private enum Bcrypt {
    /// `$2b$`, the cost and the salt in bcrypt's own base 64.
    static func setting(cost: Int, salt: [UInt8]) -> String? {
        let entropy = salt.map { CChar(bitPattern: $0) }
        let room = Int(CRYPT_GENSALT_OUTPUT_SIZE)
        var output = [CChar](repeating: 0, count: room)
        let isMade =
            unsafe crypt_gensalt_rn("$2b$", UInt(cost), entropy, Int32(entropy.count), &output, Int32(room)) != nil
        return isMade ? text(output) : nil
    }

    /// The hash under a setting; nothing when the setting is not one.
    static func hash(_ password: Password, _ setting: String) -> String? {
        let phrase = password.bytes.map { CChar(bitPattern: $0) } + [0]
        let size = MemoryLayout<crypt_data>.size
        let scratch = UnsafeMutableRawPointer.allocate(
            byteCount: size, alignment: MemoryLayout<crypt_data>.alignment)
        _ = unsafe scratch.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        defer {
            unsafe explicit_bzero(scratch, size)
            unsafe scratch.deallocate()
        }
        guard let output = unsafe crypt_rn(phrase, setting, scratch, Int32(size)) else { return nil }
        return unsafe String(cString: output)
    }

    private static func text(_ bytes: [CChar]) -> String {
        String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
