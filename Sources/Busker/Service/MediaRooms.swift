// What a service is made of, and how it works.

public import BuskerLedger
public import BuskerStorage

/// The rooms that a service is made of; all share one database.
public struct MediaRooms: Sendable {
    /// Where credit is kept.
    public var ledger: Ledger
    /// Where bytes are kept.
    public var store: any ObjectStore
    /// Looks at sounds in a process of its own.
    public var meter: any SoundMeter
    /// Says whether an account is locked, because a payment of it is fought over; nothing is ever locked without it.
    public var shop: CreditShop?

    /// Names the rooms.
    public init(ledger: Ledger, store: any ObjectStore, meter: any SoundMeter, shop: CreditShop? = nil) {
        self.ledger = ledger
        self.store = store
        self.meter = meter
        self.shop = shop
    }
}

/// How a service works; each number is held at its documented range.
public struct MediaSettings: Sendable, Hashable {
    /// Where attempts work, by an absolute path: a disk with room for a song and its stems, for each job at once.
    public var workFolder: String
    /// The queue in which jobs wait.
    public var queue: String
    /// How often a job is tried, 1...1,000.
    public var attemptsMax: Int
    /// How long credit stays set aside before it is set aside anew, 1 hour to 7 days.
    public var holdTime: Duration
    /// Where outputs lie in the store, with its slash.
    public var prefix: String

    /// Three attempts, a day of holding, outputs under `output/`.
    public init(
        workFolder: String, queue: String = "media", attemptsMax: Int = 3, holdTime: Duration = .seconds(86_400),
        prefix: String = "output/"
    ) {
        self.workFolder = workFolder
        self.queue = queue
        self.attemptsMax = min(max(attemptsMax, 1), 1_000)
        self.holdTime = min(max(holdTime, .seconds(3_600)), .seconds(7 * 86_400))
        self.prefix = prefix
    }
}
