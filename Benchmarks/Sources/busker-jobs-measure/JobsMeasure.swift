// Has many workers claim and finish jobs, and prints a JSON line of the rate.

import BuskerCore
import BuskerDatabase
import BuskerJobs
import BuskerPostgres
import Glibc
import Synchronization

/// The command: `busker-jobs-measure DATABASE [workers=8] [batch=1] [jobs=4000] [waiting=0]`.
@main
struct JobsMeasure {
    static let usage = """
        usage: busker-jobs-measure DATABASE [workers=8] [batch=1] [jobs=4000] [waiting=0]
          DATABASE   a file, made anew, or a postgres:// URL, whose whole public schema is dropped and made anew
          workers=N  so many workers, each with a connection of its own
          batch=N    so many jobs in each claim; they are finished in one transaction too
          jobs=N     so many jobs are done, and it is seen that each was done once
          waiting=N  so many other jobs wait for their time beside them

        """

    static func main() async {
        let words = Array(CommandLine.arguments.dropFirst())
        guard let place = words.first else { fail(usage) }
        var settings = ["workers": 8, "batch": 1, "jobs": 4000, "waiting": 0]
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, settings[parts[0]] != nil, let value = Int(parts[1]), value >= 0 else {
                fail(usage)
            }
            settings[parts[0]] = value
        }
        let bench = JobsBench(
            workers: max(1, settings["workers"] ?? 1), batch: max(1, settings["batch"] ?? 1),
            jobs: settings["jobs"] ?? 1, waiting: settings["waiting"] ?? 0)
        do {
            print(try await bench.run(on: place))
        } catch {
            fail("\(error)\n")
        }
    }

    static func fail(_ text: String) -> Never {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
        exit(64)
    }
}

/// Which jobs were done, and how many were done twice or lost.
final class Tally: Sendable {
    private let state = Mutex((ids: Set<JobID>(), wrong: 0))

    func done(_ ids: [JobID]) {
        state.withLock { state in
            for id in ids where !state.ids.insert(id).inserted { state.wrong += 1 }
        }
    }

    func lost(_ count: Int) { state.withLock { $0.wrong += count } }

    var result: (count: Int, wrong: Int) { state.withLock { ($0.ids.count, $0.wrong) } }
}

/// A queue that is filled, and the workers that empty it.
struct JobsBench: Sendable {
    let workers: Int
    let batch: Int
    let jobs: Int
    let waiting: Int

    /// Runs the load and tells it as a JSON line.
    func run(on place: String) async throws -> String {
        let database = try await open(place)
        try await database.migrate(JobsSchema.migrations)
        let queue = JobQueue(database, limits: JobLimits(tellsOfNew: false))
        try await fill(queue)
        let tally = Tally()
        let begin = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    while true {
                        let leases = try await queue.claim(ClaimRequest(count: batch, worker: "w\(worker)"))
                        guard !leases.isEmpty else { return }
                        if batch == 1 {
                            try await queue.finish(leases[0])
                        } else {
                            tally.lost(try await queue.finish(all: leases).count)
                        }
                        tally.done(leases.map(\.id))
                    }
                }
            }
            try await group.waitForAll()
        }
        let time = begin.duration(to: .now)
        let seconds = Double(time.components.seconds) + 1e-18 * Double(time.components.attoseconds)
        let (count, wrong) = tally.result
        let ended: Int? = try await database.read { tx in
            try tx.value("SELECT count(*) FROM jobs_job WHERE state = 'completed'")
        }
        await database.close()
        let fields = [
            "\"peer\": \"busker\"", "\"workers\": \(workers)", "\"batch\": \(batch)", "\"jobs\": \(count)",
            "\"waiting\": \(waiting)", "\"jobs_s\": \(Int(Double(count) / seconds))",
            "\"verified\": \(count == jobs && ended == jobs && wrong == 0)",
        ]
        return "{" + fields.joined(separator: ", ") + "}"
    }

    private func fill(_ queue: JobQueue) async throws {
        let later = SystemClock().now.advanced(by: .seconds(86_400))
        for start in stride(from: 0, to: jobs + waiting, by: 500) {
            let requests = (start..<min(start + 500, jobs + waiting)).map { at in
                JobRequest(
                    kind: "work", args: Array("{\"song\": \(at)}".utf8), owner: "user:\(at % 100)",
                    runAt: at < jobs ? nil : later)
            }
            try await queue.enqueue(all: requests)
        }
    }

    /// A fresh database: the file is made anew, and so is the whole public schema of a server's.
    private func open(_ place: String) async throws -> any Database {
        guard place.hasPrefix("postgres") || place.contains("host=") else {
            for tail in ["", "-wal", "-shm", ".lock"] { unlink(place + tail) }
            return try SQLiteDatabase(path: place)
        }
        let database = try await PostgresDatabase(url: place, limits: PostgresLimits(connections: workers))
        try await database.write { tx in
            try tx.execute("DROP SCHEMA public CASCADE")
            try tx.execute("CREATE SCHEMA public")
        }
        return database
    }
}
