// Other programs, started without Foundation's `Process`, which reads past its buffer when some 1,350 files are open.

import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// A program that a test has started.
public final class Program: Sendable {
    /// Why a program could not be started.
    public struct Failure: Error, CustomStringConvertible {
        /// What kept it from starting.
        public let description: String
    }

    /// How a program ended.
    public struct Ending: Sendable, CustomStringConvertible {
        /// Its exit code, or minus the number of the signal that ended it.
        public let status: Int32
        /// What it wrote.
        public let output: [UInt8]
        /// What it complained.
        public let errors: String

        /// What it wrote, as text.
        public var text: String { String(decoding: output, as: UTF8.self) }
        /// What it wrote, and what it complained.
        public var description: String { text + errors }
    }

    private let id: pid_t
    private let status = Mutex<Int32?>(nil)

    /// Starts the program that the first word names, by a path or by a name to look for; output goes where the test's own goes.
    public convenience init(_ words: [String]) throws {
        let nothing = try Self.open("/dev/null", O_RDONLY)
        defer { close(nothing) }
        try self.init(words, environment: [:], files: [nothing, STDOUT_FILENO, STDERR_FILENO])
    }

    /// Starts it with three open files in the places of the standard ones.
    private init(_ words: [String], environment: [String: String], files: [Int32]) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (place, file) in files.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, file, Int32(place))
        }
        let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        let variables = unsafe all.map { unsafe strdup("\($0)=\($1)") } + [nil]
        let texts = unsafe arguments + variables
        defer { for place in unsafe texts.indices { unsafe free(texts[place]) } }
        var id: pid_t = 0
        let failure = unsafe posix_spawnp(&id, words[0], &actions, nil, arguments, variables)
        guard failure == 0 else {
            throw Failure(description: "\(words[0]) does not start: \(unsafe String(cString: strerror(failure)))")
        }
        self.id = id
    }

    deinit { kill() }

    /// Whether it has not ended yet.
    public var isRunning: Bool {
        status.withLock { status in
            if status == nil { status = wait(WNOHANG) }
            return status == nil
        }
    }

    /// Ends it at once, if it runs.
    public func kill() {
        status.withLock { status in
            guard status == nil else { return }
            Glibc.kill(id, SIGKILL)
            status = wait(0)
        }
    }

    private func wait(_ options: Int32) -> Int32? {
        var word: Int32 = 0
        var found = unsafe waitpid(id, &word, options)
        while found < 0, errno == EINTR { found = unsafe waitpid(id, &word, options) }
        guard found == id else { return nil }
        return word & 0x7F == 0 ? word >> 8 & 0xFF : -(word & 0x7F)
    }

    /// Runs a program to its end; blocks the thread until then.
    ///
    /// - Parameters:
    ///   - words: The program, by a path or by a name to look for, and its arguments.
    ///   - environment: What is added to the test's own environment.
    ///   - input: What it reads.
    public static func run(
        _ words: [String], environment: [String: String] = [:], input: [UInt8] = []
    ) throws -> Ending {
        // Files, so that no pipe fills up.
        let files = try (0..<3).map { _ in try nameless() }
        defer { for file in files { close(file) } }
        let handles = files.map { FileHandle(fileDescriptor: $0) }
        try handles[0].write(contentsOf: input)
        try handles[0].seek(toOffset: 0)
        let program = try Program(words, environment: environment, files: files)
        let status = program.status.withLock { status in
            status = program.wait(0)
            return status
        }
        let written = try handles[1...].map { handle in
            try handle.seek(toOffset: 0)
            return try handle.readToEnd() ?? Data()
        }
        return Ending(
            status: status ?? -1, output: Array(written[0]), errors: String(decoding: written[1], as: UTF8.self))
    }

    /// An empty file that goes when it is closed.
    private static func nameless() throws -> Int32 {
        let path = FileManager.default.temporaryDirectory.appending(path: "busker-program-\(UUID().uuidString)").path
        let file = try open(path, O_RDWR | O_CREAT | O_EXCL)
        unsafe unlink(path)
        return file
    }

    private static func open(_ path: String, _ flags: Int32) throws -> Int32 {
        let file = unsafe Glibc.open(path, flags | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failure(description: "\(path): \(unsafe String(cString: strerror(errno)))") }
        return file
    }
}
