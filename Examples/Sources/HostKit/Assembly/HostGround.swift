// The ground on which a host stands: database, store, folders, payments.

import Busker
import BuskerAccounts
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerHTTPClient
import BuskerLedger
import BuskerPayments
import BuskerPostgres
import BuskerStorage
import Foundation
import Logging

/// What the configuration chooses.
struct HostGround {
    let database: any Database
    let store: any ObjectStore
    let client: HTTPClientTransport
    let workFolder: String

    init(_ configuration: HostConfiguration, _ plan: HostPlan, _ log: Logger) async throws {
        let data = URL(fileURLWithPath: configuration.dataFolder).standardizedFileURL.path
        workFolder = data + "/work"
        var folders = [workFolder]
        if case .folder(let mail) = configuration.mail { folders.append(mail) }
        for folder in folders {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        client = try HTTPClientTransport()
        store = try await Self.store(configuration, data, client, log)
        if let url = configuration.databaseURL {
            database = try await PostgresDatabase(url: url.secret)
        } else {
            database = try SQLiteDatabase(path: "\(data)/\(plan.identifier).sqlite")
        }
    }

    private static func store(
        _ configuration: HostConfiguration, _ data: String, _ client: HTTPClientTransport, _ log: Logger
    ) async throws -> any ObjectStore {
        switch configuration.storage {
        case .local: return try await local(data)
        case .s3(let bucket): return try far(bucket, client)
        case .tiered(let bucket):
            return try TieredStore(near: try await local(data), far: try far(bucket, client)) { repair in
                log.warning("a copy lags", metadata: ["key": "\(repair.key.text)", "tier": "\(repair.target)"])
            }
        }
    }

    private static func local(_ data: String) async throws -> LocalStore {
        let folder = data + "/objects"
        let isNew = !FileManager.default.fileExists(atPath: folder)
        if isNew { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        let store = try LocalStore(root: folder, id: "objects")
        if isNew { try await store.create() }
        return store
    }

    private static func far(_ bucket: HostConfiguration.Bucket, _ client: HTTPClientTransport) throws -> S3Store {
        let credentials = try SigV4Credentials(accessKeyID: bucket.access, secretAccessKey: bucket.secret.secret)
        return try S3Store(
            try S3Endpoint(bucket.endpoint), bucket: bucket.name,
            signer: try SigV4Signer(credentials: credentials, region: bucket.region), transport: client)
    }

    static func accounts(
        _ configuration: HostConfiguration, _ plan: HostPlan, _ database: any Database,
        _ effects: some AccountEffectHandler
    ) throws -> AccountStore {
        var limits = AccountLimits()
        limits.accessSeconds = configuration.accessSeconds
        limits.hashCost = configuration.hashCost
        if configuration.ratePerMinute == 0 {
            // Whoever counts nothing measures; then logins of one address are many.
            limits.registrations = ThrottleRule(burst: 1_000_000, everySeconds: 1)
            limits.loginsOfAddress = ThrottleRule(burst: 1_000_000, everySeconds: 1)
        }
        let tokens = try AccessTokens(
            issuer: plan.identifier, audience: plan.identifier, current: TokenKey(configuration.secretKey))
        return AccountStore(database, tokens: tokens, effects: effects, limits: limits)
    }

    /// The shop and its doors; nothing where nobody takes money.
    static func shop(
        _ configuration: HostConfiguration, _ ledger: Ledger, _ client: HTTPClientTransport, _ log: Logger
    ) throws -> (CreditShop?, [String: HostRooms.Door]) {
        guard let stripe = configuration.stripe else { return (nil, [:]) }
        let retry = HTTPRetry(wall: SystemClock(), clock: ContinuousClock(), random: SystemRandom())
        let gateway = try StripeGateway(
            key: stripe.key, mode: stripe.mode, transport: client, retry: retry, clock: SystemClock(),
            baseURL: stripe.base)
        let shop = try CreditShop(
            ledger, gateways: [gateway], mode: stripe.mode, handlers: [DownloadEffects.kind: SaleEffects()], log: log)
        guard let secret = stripe.webhookSecret else { return (shop, [:]) }
        let verifier = try StripeVerifier(secrets: [secret.secret], mode: stripe.mode)
        let door = WebhookDoor(verifier, into: shop.inbox)
        return (shop, ["stripe": { body, headers in await door.take(rawBody: body, headers: headers) }])
    }

    /// The part after the `@` of the host's own address.
    static func domain(_ configuration: HostConfiguration, _ plan: HostPlan) -> String {
        let host = configuration.publicURL.flatMap { URLComponents(string: $0)?.host } ?? ""
        return host.contains(".") && !host.contains(":") ? host : "\(plan.identifier).invalid"
    }
}
