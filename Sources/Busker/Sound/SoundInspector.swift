// Has a stranger's sound opened in a process of its own.

public import BuskerProcess
public import BuskerStorage

/// Opens sound in another process with little memory and little time, so that a decoder's fault harms nobody.
///
/// The bytes go into a file without a name, which no crash leaves behind. What is no sound passes unseen: lend another inspector
/// for other categories.
public struct SoundInspector: ContentInspector {
    private let program: String
    private let folder: String
    private let runner: ProcessRunner
    private let memoryBytes: Int64
    private let threads: FileThreads

    /// Makes an inspector.
    ///
    /// - Parameters:
    ///   - program: the absolute path of a program that calls ``SoundCheck/answer(to:)`` first, such as the host itself.
    ///   - folder: where nameless files are made; a disk with room for the largest upload.
    ///   - runner: says how many look at once.
    ///   - memoryBytes: address space of the process; the libraries of a host count, what it holds in memory is far less.
    ///   - threads: where files are written.
    public init(
        program: String, folder: String, runner: ProcessRunner = ProcessRunner(), memoryBytes: Int64 = 2 << 30,
        threads: FileThreads = .shared
    ) {
        self.program = program
        self.folder = folder
        self.runner = runner
        self.memoryBytes = memoryBytes
        self.threads = threads
    }

    /// Opens a content; what the process does not survive is refused when it is the sound's fault, else it failed.
    public func inspect(_ content: ObjectContent, type: String, budget: DecodeBudget) async -> Inspection {
        guard type.hasPrefix("audio/") else { return .passed }
        let file: NamelessFile
        do {
            file = try await NamelessFile(content.body, in: folder, on: threads)
        } catch {
            return .failed("The file could not be looked at: \(error.detail)")
        }
        let (seconds, _) = budget.timeMax.components
        let limits = ProcessLimits(
            wallTime: budget.timeMax, processorSeconds: max(1, seconds), memoryBytes: memoryBytes, fileBytes: 0,
            outputBytesMax: 65_536)
        let command = ProcessCommand(
            program, [SoundCheck.verb] + SoundCheck.arguments(budget, encodedBytes: content.info.size),
            environment: SoundProgram.environment, in: "/",
            input: .descriptor(file.descriptor), limits: limits)
        let answer = Answer()
        do throws(ProcessError) {
            let end = try await runner.run(command, onLine: answer.take)
            guard end.isSuccess, let inspection = answer.inspection else {
                return .failed("The program that looks at sounds ended without an answer.")
            }
            return inspection
        } catch {
            switch error.code {
            case .timedOut, .processorTime: return .refused("The sound takes too long to decode.")
            default: return .failed("The file could not be looked at: \(error.detail)")
            }
        }
    }
}
