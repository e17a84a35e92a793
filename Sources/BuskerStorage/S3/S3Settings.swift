// How a store of S3 is spoken to.

public import BuskerHTTP

/// The habits of an ``S3Store``; the defaults suit AWS, and the flags are for stores that can do less.
public struct S3Settings: Sendable {
    /// The fewest bytes of a part, 5 MiB...5 GiB; what has no more is put in one request, held in memory.
    ///
    /// An object of more than 10,000 such parts has larger ones. One of unknown length cannot have more.
    public var partBytes: Int64
    /// The parts that one `put` or `copy` has in memory or on the way at a time, 1...64.
    public var partsInFlight: Int
    /// Whether a SHA-256 is sent as a header beside the signature, and sums are asked for when reading; some stores refuse both.
    public var sendsChecksums: Bool
    /// Whether the store checks `If-Match` of what it writes; else ``PutMode/replace(_:)`` looks before it writes.
    public var replacesAtomically: Bool
    /// Whether the store checks conditions of copies; else a copy with a mode looks at its target before.
    public var copiesAtomically: Bool
    /// How what is written is encrypted, and, with a customer's own key, what is read.
    public var encryption: S3Encryption?
    /// Attempts, waits, deadline and budget of every request; each attempt is signed anew.
    public var retries: HTTPRetryLimits
    /// How long a request may take that carries little, 1 second or longer.
    public var timeLimit: Duration
    /// How long one request for the bytes of an object may take before it is taken up again where it is.
    public var readTimeLimit: Duration
    /// The slowest rate that a part may be sent with, in bytes per second; its time limit follows from it.
    public var bytesPerSecondMin: Int64
    /// How often a body that breaks off is taken up again before another MiB of it has come, 0...100.
    public var resumesMax: Int
    /// The most bytes that are copied by one request, 5 MiB...5 GiB; larger objects are copied in parts.
    public var copyBytesMax: Int64

    /// What S3 itself can do: parts of 8 MiB, four at a time; six attempts within a minute, waits of at most 0.1, 0.2 … 10 seconds.
    public init() {
        partBytes = 8 << 20
        partsInFlight = 4
        sendsChecksums = true
        replacesAtomically = true
        copiesAtomically = true
        encryption = nil
        retries = HTTPRetryLimits(
            attemptsMax: 6, waitFirst: .milliseconds(100), waitMax: .seconds(10), askedWaitMax: .seconds(10),
            deadline: .seconds(60), budgetRetries: 20, budgetPercent: 10)
        timeLimit = .seconds(30)
        readTimeLimit = .seconds(300)
        bytesPerSecondMin = 65_536
        resumesMax = 4
        copyBytesMax = 5 << 30
    }

    /// Refuses what no store can be spoken to with.
    func check(isSecure: Bool) throws(StorageError) {
        let parts = PartSize.bytesMin...PartSize.bytesMax
        guard parts.contains(partBytes), parts.contains(copyBytesMax), (1...64).contains(partsInFlight) else {
            throw StorageError(.badRequest, "A part has 5 MiB to 5 GiB, and 1 to 64 of them are on the way at a time.")
        }
        guard timeLimit >= .seconds(1), readTimeLimit >= .seconds(1), bytesPerSecondMin > 0,
            (0...100).contains(resumesMax)
        else {
            throw StorageError(
                .badRequest, "A time limit is below a second, or a rate or number of tries has no sense.")
        }
        if let encryption, encryption.isCustomers, !isSecure {
            throw StorageError(.badAddress, "A customer's own key is sent over https only.")
        }
    }

    /// How long a request that carries so many bytes may take.
    func timeLimit(carrying bytes: Int) -> Duration { timeLimit + .seconds(Int64(bytes) / bytesPerSecondMin) }
}
