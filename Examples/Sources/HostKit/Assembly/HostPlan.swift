// What makes one host different from another.

import Busker
import BuskerCore
import BuskerLedger
import BuskerPayments
import BuskerRetention
import BuskerStorage

/// What a host sells, and under which name.
public struct HostPlan: Sendable {
    /// What people call it.
    public var name: String
    /// What files and tokens call it: lower case without spaces.
    public var identifier: String
    /// The unit of its credit.
    public var unit: Amount.Unit
    /// What may be uploaded.
    public var category: UploadCategory = .audio
    /// The work that is done when nothing is said.
    public var standardWork: String
    /// What credits cost.
    public var packages: [CreditPackage] = []
    /// The prices of work; a card is published again whenever its meters change.
    public var cards: [(name: String, meters: [Meter])]
    /// The works, made with what starts the child programs.
    public var works: @Sendable (SoundRunner) -> [any Work]
    /// What is deleted when.
    public var retention: HostRetention
    /// The page.
    public var page: WebFiles
    /// The routes of the kit that it has.
    public var groups: Set<RouteGroup> = Set(RouteGroup.allCases)
    /// Its own routes.
    public var routes: @Sendable (HostRooms) -> [Route] = { _ in [] }
    /// The shapes that its own routes answer with, by their names.
    public var schemas: [(String, Schema)] = []
    /// How what its works make is sold, one job at a time; nothing where credit pays for the work.
    public var sale: HostSale?
    /// What is mailed to the owner of a job that was done; nothing where nothing is.
    public var doneMail: HostWords?
    /// What is mailed before a file goes, to its owner; `{name}` is the file and `{day}` the day.
    public var lastDaysMail: HostWords?

    /// Describes a host; the rest is what most hosts have.
    public init(
        name: String, identifier: String, unit: Amount.Unit, standardWork: String,
        cards: [(name: String, meters: [Meter])], works: @escaping @Sendable (SoundRunner) -> [any Work],
        retention: HostRetention, page: WebFiles
    ) {
        self.name = name
        self.identifier = identifier
        self.unit = unit
        self.standardWork = standardWork
        self.cards = cards
        self.works = works
        self.retention = retention
        self.page = page
    }
}

/// Routes of the kit that belong together.
public enum RouteGroup: Sendable, Hashable, CaseIterable {
    /// Registration, login, addresses, passwords, sessions.
    case accounts
    /// API keys.
    case keys
    /// Credits, and buying them.
    case credits
    /// Webhooks of providers.
    case payments
    /// Uploads.
    case uploads
    /// What may be ordered, ordering it and looking at it.
    case jobs
    /// Servers of customers that are told how jobs ended.
    case hooks
    /// Events of jobs, and tickets.
    case events
    /// Waveforms, previews and downloads of what jobs made.
    case outputs
    /// What administrators do.
    case admin
}

/// What a host deletes, when, and how often it looks.
public struct HostRetention: Sendable {
    /// The rules.
    public let policy: RetentionPolicy
    /// When files that a job made go, to be told to their owner.
    public let due: RetentionMoment
    /// How often the rules are carried out; never where there is no time.
    public let every: Duration?

    /// Describes it.
    public init(_ policy: RetentionPolicy, due: RetentionMoment, every: Duration? = .seconds(3_600)) {
        self.policy = policy
        self.due = due
        self.every = every
    }
}

/// How what jobs make is sold.
public struct HostSale: Sendable {
    /// What a job costs.
    public let price: @Sendable (MediaJob) -> Money
    /// What the buyer reads at the provider.
    public let title: @Sendable (MediaJob) -> String

    /// Describes it.
    public init(price: @escaping @Sendable (MediaJob) -> Money, title: @escaping @Sendable (MediaJob) -> String) {
        self.price = price
        self.title = title
    }
}

/// A mail in the languages of a host.
public struct HostWords: Sendable {
    /// The subject, in both languages.
    public let subject: String
    /// The text in English.
    public let english: String
    /// The same in Korean.
    public let korean: String

    /// Keeps the words.
    public init(subject: String, english: String, korean: String) {
        self.subject = subject
        self.english = english
        self.korean = korean
    }
}
