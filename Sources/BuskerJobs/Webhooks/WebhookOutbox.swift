// Messages that leave in the transaction in which something happened.

public import BuskerCore
public import BuskerDatabase

/// Endpoints, and messages to them: what is published in a transaction is sent when it committed, at least once.
///
/// Every delivery is a job of its own with the schedule of ``DeliverySchedule``, so that leases, dead letters and limits hold for it;
/// the order in which messages arrive is not promised.
public struct WebhookOutbox: Sendable {
    /// The kind of the jobs that deliver.
    public static let jobKind = "busker.webhook"
    /// The most bytes of a body.
    public static let bodyBytesMax = 20_000
    /// The most endpoints of one owner.
    public static let endpointsMax = 16

    /// Where deliveries wait.
    public let jobs: JobQueue
    /// The name of the queue in which they wait.
    public let queue: String
    /// What addresses of endpoints may look like.
    public let rules: WebhookRules

    /// Makes an outbox.
    public init(_ jobs: JobQueue, queue: String = "webhooks", rules: WebhookRules = WebhookRules()) {
        self.jobs = jobs
        self.queue = queue
        self.rules = rules
    }

    // MARK: Endpoints

    /// Adds an endpoint with a key of its own.
    ///
    /// - Parameters:
    ///   - owner: whose it is.
    ///   - url: where it is.
    ///   - types: what it wants: types, or `word.*` for all that begin so; everything when there are none.
    ///   - key: the key to sign with, `whsec_…` or `whsk_…`; a new one when there is none.
    /// - Returns: the endpoint, and what its server checks signatures with: show it once.
    /// - Throws: ``JobError`` with `badRequest` or `refusedAddress`.
    public func add(
        owner: String, url: String, types: [String] = [], key: String? = nil
    ) async throws(JobError) -> (endpoint: WebhookEndpoint, secret: String) {
        let address = try WebhookAddress(url, rules: rules)
        guard JobLimits.isName(owner), types.count <= 64,
            types.allSatisfy({ WebhookMessage.isType($0.hasSuffix(".*") ? String($0.dropLast(2)) : $0) })
        else { throw JobError(.badRequest, "An endpoint needs an owner and types such as job.completed or job.*.") }
        let made = jobs.drawing { WebhookKey.make(random: &$0) }
        let key = try WebhookKey(key ?? made)
        let endpoint = WebhookEndpoint(
            id: jobs.ids.make(), owner: owner, url: address.description, types: types, createdAt: jobs.clock.now,
            failingSince: nil, disabledAt: nil, reason: nil)
        try await jobs.writing { tx in
            if let lock = tx.dialect.lock(on: "jobs_endpoint:\(owner)") { try tx.execute(lock) }
            let count: Int? = try tx.value("SELECT count(*) FROM jobs_endpoint WHERE owner = \(owner)")
            guard (count ?? 0) < Self.endpointsMax else {
                throw JobError(.badRequest, "There are \(Self.endpointsMax) endpoints already; remove one.")
            }
            try tx.execute(
                """
                INSERT INTO jobs_endpoint (id, owner, url, types, secret, created_us)
                VALUES (\(endpoint.id), \(owner), \(endpoint.url), \(types.joined(separator: " ")), \(key.text),
                \(endpoint.createdAt))
                """)
        }
        return (endpoint, key.receiverText)
    }

    /// The endpoints of an owner, the oldest first.
    public func endpoints(of owner: String) async throws(JobError) -> [WebhookEndpoint] {
        try await jobs.reading { tx in try EndpointRows.list("owner = \(owner) ORDER BY id", in: tx) }
    }

    /// Removes an endpoint; deliveries that wait find it gone.
    ///
    /// - Throws: ``JobError`` with `unknown`, also when it is another's.
    public func remove(_ id: EndpointID, of owner: String) async throws(JobError) {
        try await changing("DELETE FROM jobs_endpoint WHERE id = \(id) AND owner = \(owner)")
    }

    /// Removes all endpoints of an owner, in the transaction in which the owner goes.
    public static func removeAll(of owner: String, in tx: Transaction) throws {
        try tx.execute("DELETE FROM jobs_endpoint WHERE owner = \(owner)")
    }

    /// Sends to an endpoint again that was given up.
    ///
    /// - Throws: ``JobError`` with `unknown`.
    public func enable(_ id: EndpointID, of owner: String) async throws(JobError) {
        try await changing(
            """
            UPDATE jobs_endpoint SET disabled_us = NULL, failing_us = NULL, reason = NULL
            WHERE id = \(id) AND owner = \(owner)
            """)
    }

    /// Gives an endpoint a new key; for a while everything is signed with the old one too.
    ///
    /// - Parameters:
    ///   - id: the endpoint.
    ///   - owner: whose it must be.
    ///   - key: the new key; one is made when there is none.
    ///   - overlap: how long the old one signs too, up to 30 days.
    /// - Returns: what its server checks signatures with from now on: show it once.
    /// - Throws: ``JobError`` with `unknown` or `badRequest`.
    public func rotate(
        _ id: EndpointID, of owner: String, key: String? = nil, overlap: Duration = .seconds(86_400)
    ) async throws(JobError) -> String {
        let made = jobs.drawing { WebhookKey.make(random: &$0) }
        let key = try WebhookKey(key ?? made)
        let until = jobs.clock.now.advanced(by: min(max(overlap, .zero), .seconds(30 * 86_400)))
        try await changing(
            """
            UPDATE jobs_endpoint SET old_secret = secret, old_until_us = \(until), secret = \(key.text)
            WHERE id = \(id) AND owner = \(owner)
            """)
        return key.receiverText
    }

    private func changing(_ statement: SQL) async throws(JobError) {
        try await jobs.writing { tx in
            guard try tx.execute(statement) == 1 else { throw JobError(.unknown, "There is no such endpoint.") }
        }
    }

    // MARK: Messages

    /// Tells an owner's endpoints what happened, in the transaction in which it happened.
    ///
    /// - Returns: the message; nothing when nobody wants to be told.
    /// - Throws: ``JobError`` with `badRequest` when the type is none or the body has more than 20,000 bytes; or `DatabaseError`.
    @discardableResult
    public func publish(_ message: WebhookMessage, to owner: String, in tx: Transaction) throws -> MessageID? {
        guard WebhookMessage.isType(message.type) else {
            throw JobError(.badRequest, "A type is words of a-z, 0-9 and _, joined by points.")
        }
        let now = jobs.clock.now
        let body = JSON.object([
            ("type", .text(message.type)), ("timestamp", .text(now.iso8601)), ("data", message.data),
        ]).bytes
        guard body.count <= Self.bodyBytesMax else {
            throw JobError(.badRequest, "A message has up to \(Self.bodyBytesMax) bytes: send a name and let them ask.")
        }
        let wanting = try EndpointRows.list("owner = \(owner) AND disabled_us IS NULL ORDER BY id", in: tx)
            .filter { $0.wants(message.type) }
        guard !wanting.isEmpty else { return nil }
        let id: MessageID = jobs.ids.make()
        try tx.execute(
            """
            INSERT INTO jobs_message (id, owner, type, body, created_us)
            VALUES (\(id), \(owner), \(message.type), \(body), \(now))
            """)
        for endpoint in wanting { try jobs.enqueue(request(id, endpoint.id), in: tx) }
        return id
    }

    /// Sends a message again, to one endpoint, whatever became of it before.
    ///
    /// - Throws: ``JobError`` with `unknown`, also when message or endpoint are another's.
    @discardableResult
    public func replay(_ message: MessageID, to endpoint: EndpointID, of owner: String) async throws(JobError)
        -> Enqueued
    {
        let enqueued = try await jobs.writing { tx in
            let known: Int? = try tx.value("SELECT 1 FROM jobs_message WHERE id = \(message) AND owner = \(owner)")
            let target = try EndpointRows.list("id = \(endpoint) AND owner = \(owner)", in: tx)
            guard known != nil, !target.isEmpty else {
                throw JobError(.unknown, "There is no such message or endpoint.")
            }
            return try jobs.enqueue(request(message, endpoint), in: tx)
        }
        jobs.wake(queue)
        return enqueued
    }

    /// Forgets messages from before a moment, a few hundred at a time.
    ///
    /// - Returns: how many were forgotten.
    @discardableResult
    public func prune(before moment: Timestamp) async throws(JobError) -> Int {
        var forgotten = 0
        while true {
            let some = try await jobs.writing { tx in
                try tx.execute(
                    """
                    DELETE FROM jobs_message WHERE id IN (
                        SELECT id FROM jobs_message WHERE created_us < \(moment) ORDER BY id LIMIT 500)
                    """)
            }
            forgotten += some
            guard some == 500 else { return forgotten }
        }
    }

    private func request(_ message: MessageID, _ endpoint: EndpointID) -> JobRequest {
        let args: JSON = ["message": .text(message.description), "endpoint": .text(endpoint.description)]
        return JobRequest(
            kind: Self.jobKind, args: args.bytes, queue: queue, owner: endpoint.description,
            attemptsMax: DeliverySchedule.waits.count, timeLimit: .seconds(120))
    }
}
