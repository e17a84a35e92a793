// Ctrl-C: ends the work and leaves nothing half-written.

import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// What SIGINT and SIGTERM do.
///
/// While nothing with a name is being written, the process ends at once. Otherwise the work is asked to stop, and takes away
/// what it has begun.
enum Interrupt {
    private static let raised = Atomic<Bool>(false)
    private static let writing = Atomic<Bool>(false)

    static func install() {
        // Statics are made on first use, which must not be inside the handler.
        _ = (wasRaised, writing.load(ordering: .relaxed))
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in Interrupt.handle() }
        var heard = sigset_t()
        sigemptyset(&heard)
        for signal in [SIGINT, SIGTERM] {
            sigaction(signal, &action, nil)
            sigaddset(&heard, signal)
        }
        // Whoever started the tool may have blocked them: threads of a server do, and children inherit it.
        pthread_sigmask(SIG_UNBLOCK, &heard, nil)
    }

    /// Whether somebody wants the work to end.
    static var wasRaised: Bool { raised.load(ordering: .relaxed) }

    /// Runs what writes files with names; an interruption makes it stop, and this throw.
    static func guardingFiles<Value>(unless isNameless: Bool = false, _ body: () throws -> Value) throws -> Value {
        writing.store(!isNameless, ordering: .sequentiallyConsistent)
        defer { writing.store(false, ordering: .sequentiallyConsistent) }
        return try body()
    }

    /// Throws where the work shall end.
    static func check() throws {
        if wasRaised { throw Failure.interrupted }
    }

    private static func handle() {
        guard writing.load(ordering: .sequentiallyConsistent) else { _exit(Failure.Exit.interrupted.rawValue) }
        raised.store(true, ordering: .relaxed)
    }
}
