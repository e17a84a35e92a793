// The busker command-line tool: what the library does, by hand.

import ArgumentParser

/// The root of the command line.
@main
struct Tool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "busker",
        abstract: "Look into sounds, take them apart, draw them.",
        discussion: """
            A file named - is standard input or standard output. Exit codes: 0 success, 64 wrong options, 65 the sound \
            cannot be used, 66 the input cannot be read, 73 the output cannot be written, 70 a fault of the program, \
            130 interrupted.
            """,
        subcommands: [
            Probe.self, Separate.self, DrawWaveform.self, Resample.self, MeasureLoudness.self, Convert.self,
        ])
}
