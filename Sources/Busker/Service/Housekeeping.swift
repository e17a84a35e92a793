// What nobody asks for and a service needs: the sweeps of all rooms.

import BuskerCore
import BuskerJobs
import BuskerLedger
public import Logging

/// One thing that is to be done again and again, such as a sweep of a room.
public struct HousekeepingTask: Sendable {
    /// What it is called in reports.
    public let name: String
    /// How long after one turn the next begins.
    public let every: Duration
    /// Does it; says in few words what came of it, or nothing when there was nothing to do.
    public let run: @Sendable () async throws -> String?

    /// Makes a task.
    public init(_ name: String, every: Duration, run: @escaping @Sendable () async throws -> String?) {
        self.name = name
        self.every = every
        self.run = run
    }
}

/// What one turn of a task came to.
public struct HousekeepingTurn: Sendable, Hashable {
    /// What the task is called.
    public let name: String
    /// What it says it did.
    public let result: String?
    /// Why it failed; it is tried again at its next turn.
    public let problem: String?
}

/// Does the tasks of a service, each at its own pace; one that fails harms no other.
///
/// Every task bears being done by several processes at once, and being cut off anywhere.
public struct Housekeeping: Sendable {
    private let tasks: [HousekeepingTask]
    private let log: Logger

    /// Makes a housekeeping of tasks.
    public init(_ tasks: [HousekeepingTask], log: Logger) {
        self.tasks = tasks
        self.log = log
    }

    /// Does every task once, in order.
    public func once() async -> [HousekeepingTurn] {
        var turns: [HousekeepingTurn] = []
        for task in tasks { turns.append(await turn(task)) }
        return turns
    }

    /// Does every task again and again until the surrounding task is cancelled.
    ///
    /// - Parameter clock: what waits, such as `ContinuousClock()`.
    public func run(clock: any Clock<Duration>) async {
        await withTaskGroup(of: Void.self) { group in
            for task in tasks {
                group.addTask {
                    while !Task.isCancelled {
                        _ = await turn(task)
                        guard (try? await clock.sleep(for: task.every)) != nil else { return }
                    }
                }
            }
        }
    }

    private func turn(_ task: HousekeepingTask) async -> HousekeepingTurn {
        do {
            let result = try await task.run()
            if let result { log.info("Housekeeping", metadata: ["task": "\(task.name)", "result": "\(result)"]) }
            return HousekeepingTurn(name: task.name, result: result, problem: nil)
        } catch {
            log.warning("Housekeeping failed", metadata: ["task": "\(task.name)", "problem": "\(error)"])
            return HousekeepingTurn(name: task.name, result: nil, problem: "\(error)")
        }
    }
}

extension MediaService {
    /// The sweeps that every service needs: holds that are over, jobs whose worker died, folders of attempts that are over.
    ///
    /// - Parameter every: how long after one turn the next begins.
    public func tasks(every: Duration = .seconds(60)) -> [HousekeepingTask] {
        [
            HousekeepingTask("holds", every: every) { [rooms] in
                var (ended, damaged) = (0, 0)
                while true {
                    let report = try await rooms.ledger.sweep()
                    ended += report.ended
                    damaged = max(damaged, report.damaged)
                    guard report.isMore else { break }
                }
                guard damaged == 0 else {
                    let problem = "\(ended) holds and grants ended; \(damaged) accounts are damaged: verify the ledger."
                    throw LedgerError(.corrupt, problem)
                }
                return ended == 0 ? nil : "\(ended) holds and grants ended"
            },
            HousekeepingTask("jobs", every: every) { [queue] in
                let rescue = try await queue.rescue()
                return rescue.jobs.isEmpty ? nil : "\(rescue.jobs.count) jobs taken from workers without a sign of life"
            },
            HousekeepingTask("folders", every: every) { [self] in
                let count = try await sweepFolders()
                return count == 0 ? nil : "\(count) folders deleted"
            },
        ]
    }

    /// Deletes folders of attempts whose job does not run any more.
    private func sweepFolders() async throws -> Int {
        let base = settings.workFolder
        var count = 0
        for name in await WorkFolder.names(in: base) {
            guard let dash = name.lastIndex(of: "-"), let id = try? JobID(parsing: String(name[..<dash])) else {
                continue
            }
            if let job = try await queue.job(id), job.state == .processing { continue }
            await WorkFolder.remove("\(base)/\(name)")
            count += 1
        }
        return count
    }
}
