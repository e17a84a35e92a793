// Ends the process at a named point, for tests that pull the plug.

import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Kills the process at the n-th passage of a point; `LEDGER_CRASH_AT=batch.beforeCommit:3` asks for it.
final class CrashPoint: Sendable {
    static let variable = "LEDGER_CRASH_AT"
    static let reply = "reply.beforeWrite"
    static let checkpoint = "checkpoint.mid"
    static let known = [
        "batch.begin", "batch.afterEntries", "batch.beforeCommit", "batch.afterCommit", reply, "sweep.mid", checkpoint,
    ]

    private let point: String
    private let left: Atomic<Int>

    /// Reads what the variable says; `nil` when it is not set.
    static func wanted(_ text: String?) throws -> CrashPoint? {
        guard let text else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[1]), count > 0,
            let point = known.first(where: { $0 == parts[0] })
        else {
            throw Failure(
                .wrongOptions, code: "bad_crash_point",
                "\(variable) is a point and a count, such as batch.begin:3; points are \(known.joined(separator: ", "))."
            )
        }
        return CrashPoint(point, count)
    }

    private init(_ point: String, _ count: Int) {
        self.point = point
        left = Atomic(count)
    }

    /// Kills the process when this was the passage that was asked for.
    ///
    /// A checkpoint is announced before it begins, so that one is killed some time later, in its midst.
    func passed(_ point: String) {
        guard point == self.point, left.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 else { return }
        guard point == Self.checkpoint else { return Self.die() }
        Thread {
            usleep(UInt32.random(in: 0..<6000))
            Self.die()
        }.start()
    }

    private static func die() {
        kill(getpid(), SIGKILL)
        while true { pause() }
    }
}
