// Ends the process at a named point, for tests that pull the plug.

@_spi(Faults) import BuskerDatabase
import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

extension FaultPoint {
    /// Right before an answer of `serve` is written.
    static let replyBeforeWrite = FaultPoint(rawValue: "reply.beforeWrite")
}

/// Kills the process at the n-th passage of a point; `LEDGER_CRASH_AT=batch.beforeCommit:3` asks for it.
final class CrashPoint: FaultPoints {
    static let variable = "LEDGER_CRASH_AT"
    static let known: [FaultPoint] = [
        .batchBegin, .batchAfterEntries, .batchBeforeCommit, .batchAfterCommit, .replyBeforeWrite, .sweepMid,
        .checkpointMid,
    ]

    private let point: FaultPoint
    private let left: Atomic<Int>

    /// Reads what the variable says; `nil` when it is not set.
    static func wanted(_ text: String?) throws -> CrashPoint? {
        guard let text else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[1]), count > 0,
            let point = known.first(where: { $0.rawValue == parts[0] })
        else {
            let names = known.map(\.rawValue).joined(separator: ", ")
            throw Failure(.wrongOptions, code: "bad_crash_point", "\(variable) is a point and a count, such as batch.begin:3; points are \(names).")
        }
        return CrashPoint(point, count)
    }

    private init(_ point: FaultPoint, _ count: Int) {
        self.point = point
        left = Atomic(count)
    }

    /// Kills the process when this was the passage that was asked for.
    ///
    /// A checkpoint is announced before it begins, so that one is killed some time later, in its midst.
    func passed(_ point: FaultPoint) {
        guard point == self.point, left.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 else { return }
        guard point == .checkpointMid else { return Self.die() }
        Thread {
            usleep(UInt32.random(in: 0..<1500))
            Self.die()
        }.start()
    }

    private static func die() {
        kill(getpid(), SIGKILL)
        while true { pause() }
    }
}
