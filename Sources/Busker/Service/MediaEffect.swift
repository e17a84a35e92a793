// What the end of a job changes elsewhere, as values.

public import BuskerDatabase
public import BuskerJobs

/// The end of a job, to which a host adds rows of its own, such as a mail that waits to be sent.
public enum MediaEffect: Sendable, Hashable {
    /// It was done: its files appear and its credit is spent in the same transaction.
    case completed(JobID, owner: String, work: String)
    /// It failed or was cancelled: its credit is free again in the same transaction.
    case ended(JobID, owner: String, work: String, state: JobState, problem: String?)
}

/// The part of a host that carries out effects of jobs.
public protocol MediaEffectHandler: Sendable {
    /// Carries out one effect in the transaction in which the job ends.
    ///
    /// - Throws: anything; then the job does not end in this way, and is tried again.
    func apply(_ effect: MediaEffect, in tx: Transaction) throws
}

/// Does nothing.
public struct NoMediaEffects: MediaEffectHandler {
    /// Makes one.
    public init() {}

    /// Does nothing.
    public func apply(_ effect: MediaEffect, in tx: Transaction) throws {}
}
