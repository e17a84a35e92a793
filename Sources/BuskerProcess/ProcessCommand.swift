// What to run.

/// A program and what it is given; there is no shell, so that no argument is ever more than an argument.
public struct ProcessCommand: Sendable, Hashable {
    /// The absolute path of the program.
    public var program: String
    /// Its arguments, without its own name.
    public var arguments: [String]
    /// Its whole environment; nothing is inherited.
    public var environment: [String: String]
    /// The folder it works in, which must exist.
    public var folder: String
    /// What it reads from its standard input.
    public var input: [UInt8]
    /// How much it may take.
    public var limits: ProcessLimits

    /// A command; without an environment the program gets `PATH`, `LANG`, and its working folder as `HOME` and `TMPDIR`.
    public init(
        _ program: String, _ arguments: [String] = [], environment: [String: String]? = nil, in folder: String,
        input: [UInt8] = [], limits: ProcessLimits = ProcessLimits()
    ) {
        self.program = program
        self.arguments = arguments
        self.environment =
            environment
            ?? ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": folder, "TMPDIR": folder]
        self.folder = folder
        self.input = input
        self.limits = limits
    }

    /// - Throws: ``ProcessError`` with `badCommand`.
    func check() throws(ProcessError) {
        guard program.hasPrefix("/"), folder.hasPrefix("/") else {
            throw ProcessError(.badCommand, "A program and its working folder are named by absolute paths.")
        }
        let texts = [program, folder] + arguments + environment.flatMap { [$0.key, $0.value] }
        guard texts.allSatisfy({ !$0.utf8.contains(0) }) else {
            throw ProcessError(.badCommand, "An argument or a variable has a byte 0, which no program can receive.")
        }
        guard environment.keys.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(UInt8(ascii: "=")) }) else {
            throw ProcessError(.badCommand, "The name of a variable is empty or has an equals sign.")
        }
    }
}

/// How a program ended by itself.
public struct ProcessEnd: Sendable, Hashable {
    /// What it returned, or the signal that ended it.
    public enum Status: Sendable, Hashable {
        /// It returned this number; 0 says that all went well.
        case exited(Int32)
        /// This signal ended it: by its own fault, or because memory ran out.
        case signalled(Int32)
    }

    /// How it ended.
    public let status: Status
    /// The last lines it wrote to its standard error; they may hold what users sent.
    public let complaint: String

    /// Whether it returned 0.
    public var isSuccess: Bool { status == .exited(0) }
}
