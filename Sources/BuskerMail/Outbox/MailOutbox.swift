// Mail that is promised in a transaction and sent after it.

public import BuskerCore
public import BuskerDatabase
import Synchronization

/// A mail in the outbox, as an administrator sees it.
public struct QueuedMail: Sendable, Hashable {
    /// Where a mail stands.
    public enum State: String, Sendable, Hashable {
        /// It waits for its first or next attempt.
        case waiting
        /// The server has it.
        case sent
        /// It was given up; a person may put it in again.
        case dead
    }

    /// Its name.
    public let id: MailID
    /// The key under which it was put in.
    public let key: String
    /// To whom it goes.
    public let recipients: [String]
    /// What it is about.
    public let subject: String
    /// Where it stands.
    public let state: State
    /// Attempts so far.
    public let attempts: Int
    /// When it was put in.
    public let createdAt: Timestamp
    /// When it is tried next.
    public let dueAt: Timestamp?
    /// What the last attempt met.
    public let problem: String?
}

/// What a round of deliveries did.
public struct DeliveryCount: Sendable, Hashable {
    /// Mails that went out.
    public var sent = 0
    /// Mails that are tried again later.
    public var deferred = 0
    /// Mails that were given up.
    public var dead = 0

    /// Nothing yet.
    public init() {}
}

/// Mails that commit with what they are about, and go out afterwards: at least once, with the same `Message-ID` each time.
///
/// A mail is put in under a key; another one under the same key is not put in. What fails is tried again with growing waits; what
/// is refused for good or grows too old becomes a dead letter. Several hosts may deliver from one table.
public final class MailOutbox: Sendable {
    let database: any Database
    let mailer: any Mailer
    let clock: any WallClock
    let ids: IDGenerator
    let limits: MailLimits
    private let random: Mutex<any RandomNumberGenerator & Sendable>

    /// Makes an outbox on a database whose table ``MailSchema/migrations`` brought up to date.
    ///
    /// - Parameters:
    ///   - database: where mails wait.
    ///   - mailer: who carries them away.
    ///   - clock: the time of day.
    ///   - ids: makes the names of mails.
    ///   - random: spreads attempts, so that hosts do not come all at once.
    ///   - limits: the limits in force.
    public init(
        _ database: any Database, mailer: any Mailer, clock: any WallClock = SystemClock(),
        ids: IDGenerator = IDGenerator(), random: some RandomNumberGenerator & Sendable = SystemRandom(),
        limits: MailLimits = MailLimits()
    ) {
        self.database = database
        self.mailer = mailer
        self.clock = clock
        self.ids = ids
        self.limits = limits
        self.random = Mutex(random)
    }

    /// Puts a mail in, to be sent once the transaction is durable.
    ///
    /// - Parameters:
    ///   - message: the mail.
    ///   - key: what makes it this mail and no other, 1 to 200 bytes; under a key that is known nothing is put in.
    ///   - notAfter: when it is worth nothing any more, such as the end of the link in it.
    ///   - tx: the transaction of what the mail is about.
    /// - Returns: the name of the mail, or of the one that was put in under the key before.
    /// - Throws: ``MailError`` with `badMessage` or `tooLarge`, or what the database reports.
    @discardableResult
    public func enqueue(
        _ message: MailMessage, key: String, notAfter: Timestamp? = nil, in tx: Transaction
    ) throws -> MailID {
        guard (1...200).contains(key.utf8.count), HeaderText.isLine(key) else {
            throw MailError(.badMessage, "The key of a mail is one line of 1 to 200 bytes.")
        }
        let now = clock.now
        let mail = message.rendered(id: ids.make(), at: now)
        guard mail.bytes.count <= MailLimits.messageBytesMax else {
            throw MailError(.tooLarge, "The mail has \(mail.bytes.count) bytes; send a link instead.")
        }
        let age = now.advanced(by: .seconds(limits.ageSecondsMax))
        if try OutboxRows.insert(
            mail, key: key, subject: message.subject, until: notAfter.map { min($0, age) } ?? age, at: now, in: tx)
        {
            try tx.notify("busker_mail")
            return mail.id
        }
        guard let known: MailID = try tx.value("SELECT id FROM mail_outbox WHERE mail_key = \(key)") else {
            throw MailError(.databaseFailed, "The key was taken and given up meanwhile; repeat the call.")
        }
        return known
    }

    /// The same in a transaction of its own.
    @discardableResult
    public func enqueue(_ message: MailMessage, key: String, notAfter: Timestamp? = nil) async throws(MailError)
        -> MailID
    {
        try await writing { [self] tx in try enqueue(message, key: key, notAfter: notAfter, in: tx) }
    }

    /// Sends what is due, once round; a host calls it every few seconds, or when it hears of new mail.
    ///
    /// - Throws: ``MailError`` with `databaseFailed` or `cancelled`; what a server says is written down and not thrown.
    @discardableResult
    public func deliver() async throws(MailError) -> DeliveryCount {
        let now = clock.now
        let lease = now.advanced(by: .seconds(limits.leaseSeconds))
        let batch = min(max(limits.batch, 1), 256)
        let (taken, old) = try await writing { tx in
            let old = try OutboxRows.giveUp(olderThan: now, limit: 1_000, in: tx)
            return (try OutboxRows.claim(batch, at: now, until: lease, in: tx), old)
        }
        var count = DeliveryCount()
        count.dead = old
        await withTaskGroup(of: (ClaimedMail, MailError?).self) { group in
            for mail in taken {
                group.addTask { [mailer] in
                    do throws(MailError) {
                        try await mailer.send(mail.mail)
                        return (mail, nil)
                    } catch {
                        return (mail, error)
                    }
                }
            }
            for await (mail, error) in group {
                await settle(mail, error, &count)
            }
        }
        return count
    }

    /// Writes down what became of an attempt; when the database does not take it, the mail is tried again after its lease.
    ///
    /// That happens in a task of its own: a delivery that is cancelled after a server took the mail would send it twice.
    private func settle(_ mail: ClaimedMail, _ error: MailError?, _ count: inout DeliveryCount) async {
        let now = clock.now
        let due = now.advanced(by: wait(after: mail.attempts))
        let isDead = error.map { $0.isFinal || due >= mail.until } ?? false
        let settling = Task {
            try await writing { tx in
                guard let error else { return try OutboxRows.sent(mail, at: now, in: tx) }
                return try OutboxRows.failed(mail, error, due: isDead ? nil : due, at: now, in: tx)
            }
        }
        guard (try? await settling.value) == true else { return }
        if error == nil {
            count.sent += 1
        } else if isDead {
            count.dead += 1
        } else {
            count.deferred += 1
        }
    }

    /// The wait after so many attempts: doubled each time, at most the longest, and up to a quarter more or less by chance.
    func wait(after attempts: Int) -> Duration {
        let doubled = max(1, limits.retrySeconds).multipliedReportingOverflow(
            by: 1 << Int64(min(max(attempts - 1, 0), 30)))
        let seconds = min(doubled.overflow ? .max : doubled.partialValue, max(1, limits.retrySecondsMax))
        let milliseconds = min(seconds, 31_536_000) * 1_000
        let spread = random.withLock { random in
            Int64.random(in: -(milliseconds / 4)...(milliseconds / 4), using: &random)
        }
        return .milliseconds(milliseconds + spread)
    }

    @discardableResult
    func writing<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws(MailError) -> T {
        do { return try await database.write(body) } catch { throw MailError(any: error) }
    }

    func reading<T: Sendable>(_ body: @escaping @Sendable (ReadTransaction) throws -> T) async throws(MailError) -> T {
        do { return try await database.read(body) } catch { throw MailError(any: error) }
    }
}

extension MailError {
    init(any error: any Error) {
        if let known = error as? MailError {
            self = known
        } else if error is CancellationError {
            self.init(.cancelled, "The task was cancelled.", underlying: error)
        } else {
            self.init(.databaseFailed, "The database did not do it; try again.", underlying: error)
        }
    }
}
