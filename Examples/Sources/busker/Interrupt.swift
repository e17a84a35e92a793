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
    private static let lastWords = Atomic<UInt>(0)

    static func install() {
        // Statics are made on first use, which must not be inside the handler.
        _ = (wasRaised, writing.load(ordering: .relaxed), lastWords.load(ordering: .relaxed))
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

    /// The same for work that waits.
    static func guardingFiles<Value>(unless isNameless: Bool = false, _ body: () async throws -> Value) async throws
        -> Value
    {
        writing.store(!isNameless, ordering: .sequentiallyConsistent)
        defer { writing.store(false, ordering: .sequentiallyConsistent) }
        return try await body()
    }

    /// Runs work that an interruption may end at any point, after these words on standard error.
    static func saying<Value>(_ words: String, _ body: () async throws -> Value) async throws -> Value {
        let text = strdup(words)
        lastWords.store(UInt(bitPattern: text), ordering: .sequentiallyConsistent)
        defer {
            lastWords.store(0, ordering: .sequentiallyConsistent)
            free(text)
        }
        return try await body()
    }

    /// Throws where the work shall end.
    static func check() throws {
        if wasRaised { throw Failure.interrupted }
    }

    private static func handle() {
        guard writing.load(ordering: .sequentiallyConsistent) else {
            if let words = UnsafePointer<CChar>(bitPattern: lastWords.load(ordering: .sequentiallyConsistent)) {
                write(STDERR_FILENO, words, strlen(words))
            }
            _exit(Failure.Exit.interrupted.rawValue)
        }
        raised.store(true, ordering: .relaxed)
    }
}
