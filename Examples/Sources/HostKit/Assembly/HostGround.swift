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

    init(_ configuration: HostConfiguration) async throws {
        let data = URL(fileURLWithPath: configuration.dataFolder).standardizedFileURL.path
        workFolder = data + "/work"
        var folders = [workFolder]
        if case .folder(let mail) = configuration.mail { folders.append(mail) }
        for folder in folders {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        client = try HTTPClientTransport()
        store = try await Self.store(configuration, data, client)
        if let url = configuration.databaseURL {
            database = try await PostgresDatabase(url: url.secret)
        } else {
            database = try SQLiteDatabase(path: data + "/studio.sqlite")
        }
    }

    private static func store(
        _ configuration: HostConfiguration, _ data: String, _ client: HTTPClientTransport
    ) async throws -> any ObjectStore {
        switch configuration.storage {
        case .local:
            let folder = data + "/objects"
            let isNew = !FileManager.default.fileExists(atPath: folder)
            if isNew { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
            let store = try LocalStore(root: folder, id: "objects")
            if isNew { try await store.create() }
            return store
        case .s3(let endpoint, let bucket, let region, let access, let secret):
            let credentials = try SigV4Credentials(accessKeyID: access, secretAccessKey: secret.secret)
            return try S3Store(
                try S3Endpoint(endpoint), bucket: bucket,
                signer: try SigV4Signer(credentials: credentials, region: region), transport: client)
        }
    }

    static func accounts(
        _ configuration: HostConfiguration, _ database: any Database, _ effects: some AccountEffectHandler
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
            issuer: "stemstudio", audience: "stemstudio", current: TokenKey(configuration.secretKey))
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
        let shop = try CreditShop(ledger, gateways: [gateway], mode: stripe.mode, log: log)
        guard let secret = stripe.webhookSecret else { return (shop, [:]) }
        let verifier = try StripeVerifier(secrets: [secret.secret], mode: stripe.mode)
        let door = WebhookDoor(verifier, into: shop.inbox)
        return (shop, ["stripe": { body, headers in await door.take(rawBody: body, headers: headers) }])
    }

    /// The part after the `@` of the host's own address.
    static func domain(_ configuration: HostConfiguration) -> String {
        let host = configuration.publicURL.flatMap { URLComponents(string: $0)?.host } ?? ""
        return host.contains(".") && !host.contains(":") ? host : "stemstudio.invalid"
    }
}
