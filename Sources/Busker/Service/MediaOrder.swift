// What somebody wants done with a file, and what became of it.

public import BuskerCore
public import BuskerJobs
public import BuskerLedger
public import BuskerStorage

/// Work that somebody wants done: with a file, or from nothing but options.
public struct MediaOrder: Sendable, Hashable {
    /// Whose file and job it is, in the host's own words; nobody else sees them.
    public var owner: String
    /// Who pays.
    public var account: AccountName
    /// What to work on: an accepted file of the owner; nothing for work that needs none.
    public var file: FileID?
    /// The kind of work.
    public var work: String
    /// What the work is told, by its own names; at most 20 of 1 to 50 bytes, each value at most 2,000.
    public var options: [String: String]
    /// A text that the client chose, 1 to 200 bytes: repeated, it answers the same job.
    public var key: String?
    /// More than this is refused, so that nobody pays more than was shown.
    public var atMost: Amount?

    /// Makes an order.
    public init(
        owner: String, account: AccountName, file: FileID? = nil, work: String, options: [String: String] = [:],
        key: String? = nil, atMost: Amount? = nil
    ) {
        self.owner = owner
        self.account = account
        self.file = file
        self.work = work
        self.options = options
        self.key = key
        self.atMost = atMost
    }

    /// Bytes of the longest value of an option.
    static let valueBytesMax = 2_000

    func check() throws(MediaError) {
        guard options.count <= 20,
            options.allSatisfy({ name, value in
                (1...50).contains(name.utf8.count) && value.utf8.count <= Self.valueBytesMax
            })
        else {
            throw MediaError(.badOptions, "There are at most 20 options, with short names and values.")
        }
        guard key.map({ (1...200).contains($0.utf8.count) }) ?? true else {
            throw MediaError(.badOptions, "The key of an order has 1 to 200 bytes.")
        }
    }
}

/// Where the money for a job is.
public enum MediaMoney: String, Sendable, Hashable, CaseIterable {
    /// Credit is set aside for it.
    case held
    /// It was paid.
    case captured
    /// What was set aside is free again.
    case released
    /// The work costs nothing until it is done.
    case none
}

/// A job as its owner sees it.
public struct MediaJob: Sendable, Hashable, Identifiable {
    /// The job in its queue: state, progress, problem, times.
    public let job: Job
    /// Whose it is.
    public let owner: String
    /// Who pays.
    public let account: AccountName
    /// The kind of work.
    public let work: String
    /// What the work is told.
    public let options: [String: String]
    /// What is worked on; nothing where the work needs no file.
    public let file: FileID?
    /// What it was expected to cost when it began.
    public let cost: Amount
    /// What it did cost; nothing before it was paid.
    public let charged: Amount?
    /// Where the money is.
    public let money: MediaMoney
    /// What came of it, in the order of the work; nothing before it was done, or when the time of the files was over.
    public let outputs: [FileRecord]

    /// The id of the job.
    public var id: JobID { job.id }
}
