// Work that another program does, such as a model's own command line.

public import BuskerLedger
public import BuskerProcess
import Synchronization

/// Has an external program do the work: an argument vector, no shell, limits, and progress from what it writes.
///
/// The program works in the folder of the attempt and sees no variable of the host. Words of the arguments in braces are
/// replaced within each argument: `{input}` and `{folder}` by absolute paths, `{seconds}` by the length of the file or the option of
/// that name, `{NAME}` by the option of that name. A line with a number before a per cent sign is progress, in whatever form: `45%`,
/// `  7.5 % done`. A program that counts to 100 more than once says so by `bars`.
///
/// A generator of songs, such as DiffRhythm's own program, in five lines:
///
///     CommandWork(
///         "song", program: "/opt/diffrhythm/infer", arguments: ["--prompt={prompt}", "--seed={seed}", "--length={seconds}", "--out={folder}/song.wav"],
///         options: ["prompt": .text(), "seed": .whole(0...999_999, usual: 1), "seconds": .whole(10...285, usual: 95)],
///         results: [WorkFile("song.wav", name: "song.wav", kind: "song", contentType: "audio/wav")],
///         card: "song", needsFile: false, soldKinds: ["song"], runner: ProcessRunner())
public struct CommandWork: Work {
    /// The name by which it is ordered.
    public let kind: String
    /// The rate card that prices it.
    public let card: String
    /// How long one attempt may take.
    public let timeLimit: Duration
    private let program: String
    private let arguments: [String]
    private let options: [String: CommandOption]
    /// Whether it works on a file.
    public let needsFile: Bool
    /// The kinds of its files that are sold one job at a time.
    public let soldKinds: Set<String>
    private let results: [WorkFile]
    private let meters: Set<String>
    private let environment: [String: String]
    private let bars: Int
    private let limits: ProcessLimits
    private let runner: ProcessRunner

    /// Makes the work.
    ///
    /// - Parameters:
    ///   - kind: the name by which it is ordered.
    ///   - program: the absolute path of the program.
    ///   - arguments: its arguments, with words in braces.
    ///   - options: the options that may be ordered and what each may be, such as `["mode": ["fast", "slow"]]`.
    ///   - results: the files that it leaves in its folder; words in braces are replaced in their paths too.
    ///   - card: the rate card that prices it.
    ///   - meters: which meters of the card it counts: `song`, one for each job, and `time`, microseconds.
    ///   - environment: variables of the program, besides `PATH`, `LANG`, and its folder as `HOME` and `TMPDIR`.
    ///   - bars: how often it counts to 100 per cent in one run, 1...100.
    ///   - limits: memory, processor time and bytes; its time on the wall is the limit of the attempt.
    ///   - needsFile: whether it works on a file.
    ///   - soldKinds: the kinds of its files that are sold one job at a time.
    ///   - runner: says how many run at once.
    public init(
        _ kind: String, program: String, arguments: [String], options: [String: CommandOption] = [:],
        results: [WorkFile], card: String, meters: Set<String> = ["song"], environment: [String: String] = [:],
        bars: Int = 1, limits: ProcessLimits = ProcessLimits(), needsFile: Bool = true, soldKinds: Set<String> = [],
        runner: ProcessRunner
    ) {
        self.kind = kind
        self.program = program
        self.arguments = arguments
        self.options = options
        self.results = results
        self.card = card
        self.meters = meters
        self.environment = environment
        self.bars = min(max(1, bars), 100)
        self.limits = limits
        self.needsFile = needsFile
        self.soldKinds = soldKinds
        self.runner = runner
        timeLimit = limits.wallTime
    }

    /// Its options; the stems are the labels `stem` of its results.
    public var offers: [WorkOffer] {
        let told = options.sorted { $0.key < $1.key }.map { name, option in
            option.told(name, leads: arguments.contains { $0.hasPrefix("{\(name)}") })
        }
        return [WorkOffer(card: card, options: told, stems: results.compactMap { $0.tags["stem"] })]
    }

    /// One song, or its length: that of the file, or the option `seconds` of work without one.
    public func estimate(_ sound: SoundFacts, options: [String: String]) throws(MediaError) -> [Usage] {
        try offer(for: options).check(options, of: sound)
        guard !needsFile, let seconds = Int64(options["seconds"] ?? self.options["seconds"]?.usual ?? "0"),
            (0...86_400).contains(seconds)
        else { return Measured.usages(sound, meters) }
        let made = SoundFacts(microseconds: seconds * 1_000_000, sampleRate: 0, channels: 0)
        return Measured.usages(made, meters)
    }

    /// Runs the program to its end.
    public func run(_ task: WorkTask) async throws -> WorkProduct {
        let words = words(task)
        var command = ProcessCommand(
            program, arguments.map { Self.fill($0, words) }, in: task.folder, limits: limits)
        // A program of Swift that crashes would start another one to tell how, which needs more than the limits leave.
        command.environment["SWIFT_BACKTRACE"] = "enable=no"
        command.environment.merge(environment) { $1 }
        let counted = Mutex(CountedBars(bars: bars))
        let end: ProcessEnd
        do throws(ProcessError) {
            end = try await runner.run(command) { line in
                guard let share = Self.share(line.text) else { return }
                task.report(counted.withLock { $0.share(share) }, kind)
            }
        } catch {
            switch error.code {
            case .cancelled: throw CancellationError()
            case .timedOut, .processorTime:
                throw WorkFault(.tooSlow, "The work took longer than it may.", isFinal: true)
            case .outputTooLarge: throw WorkFault(.failed, "The program wrote too much.", isFinal: true)
            default: throw WorkFault(.failed, error.detail, isFinal: false)
            }
        }
        switch end.status {
        case .exited(0): break
        case .exited(let number):
            throw WorkFault(.failed, "The program ended with the number \(number).", isFinal: false)
        case .signalled(9): throw WorkFault(.outOfMemory, "The program was ended from outside.", isFinal: false)
        case .signalled: throw WorkFault(.crashed, "The program ended by its own fault.", isFinal: true)
        }
        return WorkProduct(
            results.map { file in
                var file = file
                file.path = Self.fill(file.path, words)
                return file
            })
    }

    private func words(_ task: WorkTask) -> [String: String] {
        var words = options.mapValues(\.usual)
        words.merge(task.options) { $1 }
        words["folder"] = task.folder
        if let input = task.input {
            words["input"] = input
            words["seconds"] = "\(task.sound.microseconds / 1_000_000)"
        }
        return words
    }

    /// Replaces `{name}` by its word, once: a word is never looked into.
    static func fill(_ text: String, _ words: [String: String]) -> String {
        var (out, rest) = ("", text[...])
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            out += rest[..<open]
            let name = String(rest[rest.index(after: open)..<close])
            out += words[name] ?? "{\(name)}"
            rest = rest[rest.index(after: close)...]
        }
        return out + rest
    }

    /// The share that a line tells, 0...1; nothing when it tells none.
    static func share(_ line: String) -> Double? {
        guard let sign = line.lastIndex(of: "%") else { return nil }
        let before = line[..<sign].reversed().drop { $0 == " " }.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(String(before.reversed())), (0...100).contains(number) else { return nil }
        return number / 100
    }
}
