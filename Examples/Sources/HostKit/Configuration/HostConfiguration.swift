// What an operator says about a host.

import BuskerAccounts
import BuskerCore
import BuskerHTTPClient
import BuskerJobs
import BuskerMail
import BuskerPayments
import BuskerRetention
import Foundation
import Logging

/// What a host is told by its environment, checked; no part of it is read again later.
public struct HostConfiguration: Sendable {
    /// What a process does.
    public enum Role: String, Sendable, CaseIterable {
        /// It answers requests and works.
        case all
        /// It answers requests only.
        case web
        /// It works only.
        case worker
    }

    /// How work is priced.
    public enum Pricing: String, Sendable, CaseIterable {
        /// One credit for each song.
        case perSong = "per_song"
        /// One credit for each started minute.
        case perMinute = "per_minute"
    }

    /// Where bytes are kept.
    public enum Storage: Sendable {
        /// In a folder.
        case local
        /// In a bucket.
        case s3(Bucket)
        /// In a folder, and behind it in a bucket.
        case tiered(Bucket)
    }

    /// A bucket of an S3 service.
    public struct Bucket: Sendable {
        let endpoint: String
        let name: String
        let region: String
        let access: String
        let secret: SecretText
    }

    /// How mail leaves.
    public enum Mail: Sendable {
        /// Into a folder, a file for each mail.
        case folder(String)
        /// To a server.
        case smtp(SMTPSettings)
    }

    /// Who takes money.
    public struct Stripe: Sendable {
        /// The key of the account.
        public let key: BuskerPayments.APIKey
        /// What events are signed with.
        public let webhookSecret: SecretText?
        /// Where the API is.
        public let base: String
        /// Whether money is real, as the key says.
        public let mode: PaymentMode
    }

    /// Who is made administrator when nobody has the address.
    public struct Admin: Sendable {
        /// The address.
        public let email: EmailAddress
        /// The password.
        public let password: Password
    }

    /// The key from which all keys are made.
    public let secretKey: SecretKey
    /// The same as text, for keys of the host's own.
    public let secretText: SecretText
    /// Where it listens.
    public let host: String
    /// The port; zero lets the machine choose.
    public let port: Int
    /// Where the host keeps its files.
    public let dataFolder: String
    /// The address of PostgreSQL; nothing for SQLite in the folder.
    public let databaseURL: SecretText?
    /// Where bytes are kept.
    public let storage: Storage
    /// What this process does.
    public let role: Role
    /// Jobs at once.
    public let workers: Int
    /// Credits for everybody who registers, as decimal text.
    public let freeCredits: String
    /// How work is priced.
    public let pricing: Pricing
    /// Who takes money; nothing sells then.
    public let stripe: Stripe?
    /// The address under which buyers see the host, without a slash at its end.
    public let publicURL: String?
    /// Whose pages may ask.
    public let corsOrigins: Set<String>
    /// Days that results are kept.
    public let retentionDays: Int64
    /// Whose days they are.
    public let retentionZone: Zone
    /// Who is made administrator.
    public let admin: Admin?
    /// How mail leaves.
    public let mail: Mail
    /// For how many seconds an access token is good.
    public let accessSeconds: Int64
    /// The most bytes of an upload.
    public let uploadBytesMax: Int64
    /// Requests per minute of one account.
    ///
    /// One address may send four times as many. Zero counts nothing.
    public let ratePerMinute: Int
    /// Connections of one address; zero counts nothing.
    public let connectionsPerAddress: Int
    /// Which servers of customers may be told how jobs ended.
    public let hooks: WebhookRules
    /// How many proxies stand before the host and write `X-Forwarded-For`.
    public let trustedProxies: Int
    /// Whether a registration says that an address is taken.
    public let revealsTakenAddresses: Bool
    /// What is logged.
    public let logLevel: Logger.Level
    /// How long a worker keeps a job without a sign of life, in seconds.
    public let leaseSeconds: Int
    /// How long the sweeps that matter for money and files wait between two turns, in seconds.
    public let careSeconds: Int
    /// How long the host takes to stop.
    public let shutdownSeconds: Int
    /// How many seconds the head of a request may take to arrive, and a body that is no file.
    public let headSeconds: Int64
    /// The cost of hashing a password.
    public let hashCost: Int
}
