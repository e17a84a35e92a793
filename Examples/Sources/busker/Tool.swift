// The busker command-line tool: what the library does, by hand.

import ArgumentParser
import Busker
import BuskerAudio
import Foundation

/// The root of the command line.
@main
struct Tool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "busker",
        abstract: "Look into sounds, take them apart, draw them; make songs; keep credits; check payments.",
        discussion: """
            A file named - is standard input or standard output; ./- is a file of that name. Files appear whole or not at \
            all and replace what was there.

            Results go to standard output, progress and errors to standard error. With --json the result is one JSON \
            object, and a failure is one too: {"code": "not_audio", "detail": "...", "exit": 65}. Wrong options are \
            always told in plain words.

            Exit codes: 0 success, 64 wrong options, 65 the sound cannot be used, 66 the input cannot be read, 70 a fault \
            of the program, 73 the output cannot be written, 130 interrupted; 'busker help ledger' tells more.
            """,
        version: "0.1.0",
        subcommands: [
            Probe.self, Separate.self, Models.self, DrawWaveform.self, Resample.self, MeasureLoudness.self,
            Convert.self, MakeSong.self,
            LedgerTool.self, PaymentsTool.self, StorageTool.self, RetentionTool.self,
        ])

    static func main() async {
        if let answer = SoundCheck.answer(to: Array(CommandLine.arguments.dropFirst())) {
            print(answer)
            return
        }
        var answersInJSON = false
        do {
            var command = try parseAsRoot()
            answersInJSON = (command as? any Answering)?.answer.json ?? false
            Interrupt.install()
            if let waiting = command as? any WaitingCommand {
                try await waiting.perform()
            } else {
                try command.run()
            }
        } catch {
            if Interrupt.wasRaised { Failure.interrupted.leave(json: answersInJSON) }
            guard let failure = Failure(error) else { exit(withError: error) }
            failure.leave(json: answersInJSON)
        }
        if Interrupt.wasRaised { Failure.interrupted.leave(json: answersInJSON) }
    }
}

/// A command that waits for something, such as a database.
protocol WaitingCommand: ParsableCommand {
    /// Does what the command is for.
    func perform() async throws
}
