// A ledger host as a process of its own, in a process group of its own.

import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// What goes wrong with the test itself, or what it found.
struct CrashFinding: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A running host: lines in, lines out, and signals.
final class HostProcess {
    let pid: pid_t
    private let input: Int32
    private let output: Int32
    private var buffer: [UInt8] = []
    private var isReaped = false
    private var isEnded = false

    /// Starts a host; what it complains about goes to the file `errors`.
    init(_ arguments: [String], environment: [String: String], errors: String) throws {
        let started = try Self.starting.withLock { _ in try Self.spawn(arguments, environment, errors) }
        (pid, input, output) = started
    }

    /// One at a time, so that no host inherits the pipes of another.
    private static let starting = Mutex(())

    private static func spawn(
        _ arguments: [String], _ environment: [String: String], _ errors: String
    ) throws -> (pid: pid_t, input: Int32, output: Int32) {
        var (down, up): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
        guard pipe(&down) == 0, pipe(&up) == 0 else { throw CrashFinding("no pipe to the host") }
        for end in down + up { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, down[0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, up[1], STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        var heard = sigset_t()
        sigemptyset(&heard)
        posix_spawnattr_setsigmask(&attributes, &heard)
        posix_spawnattr_setpgroup(&attributes, 0)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        let all = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        var words = arguments.map { strdup($0) } + [nil]
        var variables = all.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, arguments[0], &actions, &attributes, &words, &variables)
        close(down[0])
        close(up[1])
        guard failure == 0 else {
            throw CrashFinding("\(arguments[0]) does not start: \(String(cString: strerror(failure)))")
        }
        return (pid, down[1], up[0])
    }

    deinit {
        if !isReaped { _ = die() }
        close(input)
        close(output)
    }

    /// Sends a line; whether the host was there to take it.
    @discardableResult
    func send(_ line: String) -> Bool {
        var rest = Array(line.utf8)[...] + [UInt8(ascii: "\n")]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    /// The lines that come within so many milliseconds, as soon as there are any; nothing once the host has gone.
    func lines(within milliseconds: Int) -> [String]? {
        var found = takeLines()
        guard found.isEmpty else { return found }
        guard !isEnded else { return nil }
        var end = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        guard poll(&end, 1, Int32(milliseconds)) > 0 else { return [] }
        var block = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(output, &block, block.count)
        if count > 0 {
            buffer += block[..<count]
        } else if count == 0 || errno != EINTR {
            isEnded = true
        }
        found = takeLines()
        return found.isEmpty && isEnded ? nil : found
    }

    func signal(_ number: Int32) { kill(-pid, number) }

    /// Kills the whole group and returns what the host had still said.
    func die() -> [String] {
        signal(SIGKILL)
        return remains()
    }

    /// Ends the input and waits for the host to end; returns its exit code, or minus the signal that ended it.
    func finish() -> (last: [String], exit: Int32) {
        shutdownInput()
        let last = remains()
        return (last, exitCode)
    }

    private(set) var exitCode: Int32 = 0

    private var isShut = false

    private func shutdownInput() {
        guard !isShut else { return }
        isShut = true
        // The number stays taken, so that nothing else is closed in its place later.
        let nothing = open("/dev/null", O_WRONLY | O_CLOEXEC)
        dup2(nothing, input)
        _ = fcntl(input, F_SETFD, FD_CLOEXEC)
        close(nothing)
    }

    private func remains() -> [String] {
        var said: [String] = []
        while let more = lines(within: 60_000) { said += more }
        if !isReaped {
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            isReaped = true
            exitCode = status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
        }
        return said
    }

    private func takeLines() -> [String] {
        guard let end = buffer.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let lines = buffer[..<end].split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        buffer = Array(buffer[(end + 1)...])
        return lines
    }
}
