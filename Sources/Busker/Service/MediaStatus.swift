// How far a job is, for whoever waits for it.

public import BuskerCore
import BuskerDatabase
public import BuskerJobs

/// How far a job is.
public struct MediaStatus: Sendable, Hashable, Identifiable {
    /// The job.
    public let id: JobID
    /// Where it stands.
    public let state: JobState
    /// How far its work has come.
    public let progress: JobProgress
    /// Why the last attempt failed.
    public let problem: String?
    /// How many jobs wait before it, at most 1,000; nothing when it does not wait, or when nobody counted.
    public let waiting: Int?

    /// How far a job is that was read as a whole.
    public init(_ job: Job, waiting: Int?) { self.init(JobStanding(job), waiting: waiting) }

    init(_ standing: JobStanding, waiting: Int?) {
        (id, state, progress) = (standing.id, standing.state, standing.progress)
        (problem, self.waiting) = (standing.problem, waiting)
    }
}

/// Reads how far jobs are, many at a time: whoever asks while others are being answered is answered with the next.
final class MediaLooks: Sendable {
    private struct Wish: Sendable {
        let id: JobID
        let owner: String?
    }

    private typealias Reads = SharedReads<Wish, MediaStatus, MediaError>

    private let reads = Reads(batchMax: 256)

    /// How far a job is; nobody is told of another's.
    func status(of id: JobID, owner: String?, in database: any Database) async throws(MediaError) -> MediaStatus {
        try await reads.value(of: Wish(id: id, owner: owner)) { wishes in
            do {
                let found = try await database.read { tx in try Self.read(Array(Set(wishes.map(\.id))), in: tx) }
                return wishes.map { wish in
                    guard let seen = found[wish.id], wish.owner == nil || wish.owner == seen.owner else {
                        return .failure(.noJob)
                    }
                    return .success(seen.status)
                }
            } catch {
                return wishes.map { _ in .failure(MediaError(any: error)) }
            }
        }
    }

    /// The jobs of the service that were not deleted, each with its owner.
    private static func read(
        _ ids: [JobID], in tx: ReadTransaction
    ) throws -> [JobID: (owner: String, status: MediaStatus)] {
        let answers = try tx.rows(ofAll: [JobStanding.statement(ids), MediaStore.ownersStatement(ids)])
        var owners: [JobID: String] = [:]
        for row in answers[1] { owners[try row.get(0)] = try row.get(1, as: String.self) }
        var found: [JobID: (owner: String, status: MediaStatus)] = [:]
        for standing in try JobStanding.read(answers[0]) {
            guard let owner = owners[standing.id] else { continue }
            let waiting = standing.state == .pending ? try standing.waiting(in: tx) : nil
            found[standing.id] = (owner, MediaStatus(standing, waiting: waiting))
        }
        return found
    }
}
