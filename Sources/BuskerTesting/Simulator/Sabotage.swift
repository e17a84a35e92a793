// Ways in which the service could be broken, each of which the simulator must find.

/// A mistake that is built into the simulated service, to see whether the books find it.
public enum Sabotage: String, Sendable, Hashable, CaseIterable {
    /// The database answers before the disk has the commit.
    case normalDurability
    /// A commit that failed is answered as one that succeeded.
    case lyingCommit
    /// What a failed transaction changed stays.
    case noRollback
    /// The credit is spent in a transaction before the one in which the job ends.
    case captureApart
    /// The job ends in a transaction before the one in which it is paid.
    case finishApart
    /// A worker ends a job without looking whether it still has it.
    case unfencedFinish
    /// The files of a job appear before their bytes were written.
    case bytesAfterRows
    /// The hold of a job that failed is not released.
    case holdKept
    /// A job that begins afresh uses the keys of its first round.
    case roundForgotten
    /// Nobody takes a job from a worker that died.
    case leaseForgotten
    /// The gate remembers who had paid, and asks no more.
    case staleGate
    /// Refunds and disputes of the provider are not seen.
    case blindToRefunds
    /// Credit is given for each event that comes, before anybody looks whether it came before.
    case creditByEvent
    /// Downloads do not ask whose job it is.
    case openDoor
    /// Bytes that no finished file needs are deleted at once.
    case hastySweeper
    /// The bytes of a file are deleted before its row.
    case deleteFirst
    /// Messages are written after the transaction of what they are about.
    case outboxApart
    /// Files are deleted before their time is over.
    case earlyRetention
    /// The store answers before it keeps what it was given.
    case lyingStore

    /// Within how many seeds, from 1, the simulator finds it, at ``stepsNeeded`` steps each.
    public var seedsNeeded: Int {
        switch self {
        case .normalDurability, .captureApart, .finishApart, .bytesAfterRows, .openDoor, .hastySweeper: 5
        case .creditByEvent, .blindToRefunds, .lyingStore, .holdKept: 10
        case .noRollback: 200
        default: 40
        }
    }

    /// How many steps each of those seeds has.
    public var stepsNeeded: Int { 600 }
}
