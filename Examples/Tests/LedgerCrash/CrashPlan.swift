// Trials: traffic, a crash, a restart, and the question whether everything that was promised is there.

import Foundation

/// What a run of the plan is told.
struct CrashSettings {
    /// The host and its arguments, but for the database.
    var host: [String]
    var trials: Int
    var seed: UInt64
    /// Where databases and notes are kept; a run that finds something leaves them there.
    var folder: URL
    /// A PostgreSQL server in place of files.
    var server: CrashServer?
    /// Trials that share a database; after the last of them everything is checked.
    var trialsPerDatabase = 10
    var say: (String) -> Void = { _ in }
}

/// What a run of the plan did.
struct CrashReport {
    var trials = 0
    var requests = 0
    var answers = 0
    var resent = 0
    var dumps = 0
    var transactions = 0
    var refusals = 0
    var endings: [String: Int] = [:]
}

/// Runs trials until one finds something.
struct CrashPlan {
    let settings: CrashSettings
    private(set) var report = CrashReport()

    init(_ settings: CrashSettings) { self.settings = settings }

    /// Runs every trial.
    ///
    /// - Throws: ``CrashFinding`` for the first promise that was broken; the database and the notes stay in the folder.
    mutating func run() throws {
        signal(SIGPIPE, SIG_IGN)
        var done = 0
        while done < settings.trials {
            let count = min(settings.trialsPerDatabase, settings.trials - done)
            let number = done / settings.trialsPerDatabase
            let folder = settings.folder.appending(path: "database-\(number)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let place = try settings.server?.makeDatabase() ?? folder.appending(path: "ledger.db").path
            var series = try CrashSeries(settings, place: place, folder: folder)
            for trial in done..<(done + count) {
                do {
                    let ending = try series.trial(trial, &report)
                    report.trials += 1
                    settings.say(
                        "trial \(trial + 1) of \(settings.trials), seed \(settings.seed &+ UInt64(trial)): \(ending)")
                } catch let finding as CrashFinding {
                    throw CrashFinding(
                        """
                        trial \(trial + 1), seed \(settings.seed &+ UInt64(trial)): \(finding.description)
                        The database and the notes are in \(folder.path) (\(place)).
                        """)
                }
            }
            do {
                try series.check(&report)
            } catch let finding as CrashFinding {
                throw CrashFinding(
                    """
                    after trial \(done + count), seed \(settings.seed): \(finding.description)
                    The database and the notes are in \(folder.path) (\(place)).
                    """)
            }
            try FileManager.default.removeItem(at: folder)
            done += count
        }
    }
}
