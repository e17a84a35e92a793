// Measures sounds in processes of their own.

public import BuskerProcess
public import BuskerStorage

/// Measures a sound before somebody works on it.
public protocol SoundMeter: Sendable {
    /// What is known of a stored sound after it was decoded to its end.
    ///
    /// - Throws: `StorageError` with `badType` for what is no sound, or whatever kept it from being read.
    func measure(_ content: ObjectContent) async throws(StorageError) -> SoundFacts
}

/// Runs ``SoundProgram`` in child processes: a few at a time, each with limits of its own.
public struct SoundRunner: SoundMeter {
    private let program: String
    private let folder: String
    private let runner: ProcessRunner
    /// Address space of each process.
    var memoryBytes: Int64

    /// Makes a runner.
    ///
    /// - Parameters:
    ///   - program: the absolute path of a program that calls ``SoundProgram/main(_:)`` first, such as the host itself.
    ///   - folder: where nameless files are made; a disk with room for the largest upload.
    ///   - runner: says how many run at once.
    ///   - memoryBytes: address space of each process.
    public init(
        program: String, folder: String, runner: ProcessRunner = ProcessRunner(), memoryBytes: Int64 = 4 << 30
    ) {
        self.program = program
        self.folder = folder
        self.runner = runner
        self.memoryBytes = memoryBytes
    }

    /// Measures a sound in a child process.
    public func measure(_ content: ObjectContent) async throws(StorageError) -> SoundFacts {
        let file = try await NamelessFile(content.body, in: folder, on: .shared)
        let limits = ProcessLimits(
            wallTime: .seconds(300), processorSeconds: 300, memoryBytes: memoryBytes, fileBytes: 0,
            outputBytesMax: 65_536)
        let command = ProcessCommand(
            program, [SoundProgram.measureVerb], environment: SoundProgram.environment, in: "/",
            input: .descriptor(file.descriptor), limits: limits)
        do {
            let last = try await run(command) { _ in }
            guard case .measured(let sound) = last else {
                throw StorageError(.badAnswer, "The program that measures sounds ended without an answer.")
            }
            return sound
        } catch let fault as WorkFault {
            throw StorageError(fault.isFinal ? .badType : .unavailable, fault.detail)
        } catch let error as StorageError {
            throw error
        } catch {
            throw StorageError(.cancelled, "The task was cancelled.")
        }
    }

    /// Does a task in a folder.
    ///
    /// - Returns: the names of the files it made.
    func perform(
        _ task: SoundTask, in folder: String, timeLimit: Duration, report: @escaping @Sendable (Double, String) -> Void
    ) async throws -> [String] {
        let seconds = max(1, timeLimit.components.seconds)
        let limits = ProcessLimits(
            wallTime: timeLimit, processorSeconds: seconds * 4, memoryBytes: memoryBytes, fileBytes: 8 << 30)
        let command = ProcessCommand(
            program, [SoundProgram.workVerb, task.text],
            environment: SoundProgram.environment.merging(["HOME": folder, "TMPDIR": folder]) { $1 }, in: folder,
            limits: limits)
        let last = try await run(command) { word in
            if case .progress(let share, let stage) = word { report(share, stage) }
        }
        guard case .done(let names) = last else {
            throw WorkFault(.crashed, "The program that works on sounds ended without an answer.", isFinal: false)
        }
        return names
    }

    /// Runs the program and returns the last word that is no progress.
    private func run(
        _ command: ProcessCommand, _ take: @escaping @Sendable (SoundWord) -> Void
    ) async throws -> SoundWord? {
        let words = SoundWords()
        let end: ProcessEnd
        do throws(ProcessError) {
            end = try await runner.run(command) { line in
                guard line.stream == .output, let word = SoundWord(line.text) else { return }
                words.take(word)
                take(word)
            }
        } catch {
            switch error.code {
            case .cancelled: throw CancellationError()
            case .timedOut, .processorTime:
                throw WorkFault(.tooSlow, "The work took longer than it may.", isFinal: true)
            default: throw WorkFault(.failed, error.detail, isFinal: false)
            }
        }
        if case .signalled(let signal) = end.status {
            // The kernel ends a program with SIGKILL when memory runs out: that may pass.
            throw signal == 9
                ? WorkFault(.outOfMemory, "The program that works on the sound was ended from outside.", isFinal: false)
                : WorkFault(.crashed, "The program that works on the sound ended by its own fault.", isFinal: true)
        }
        if case .fault(let code, let detail) = words.last {
            throw WorkFault(WorkFault.Code(code), detail, isFinal: code != "failed" && code != "out_of_memory")
        }
        return end.isSuccess ? words.last : nil
    }
}
