// How a command answers: in words or as JSON, with or without progress.

import ArgumentParser
import Foundation

/// The options that every command has.
struct Answer: ParsableArguments {
    @Flag(help: "Print the result as one JSON object, and a failure as one on standard error.")
    var json = false

    @Flag(name: .shortAndLong, help: "Show no progress and print nothing but what was asked for.")
    var quiet = false

    /// Prints what a command found: JSON where it was asked for, words unless silence was.
    func give(_ report: some Encodable, _ words: () -> String) throws {
        if json {
            print(try JSONText.block(report))
        } else if !quiet {
            print(words())
        }
    }

    /// A progress bar that heeds `--quiet`.
    func bar(_ label: String) -> ProgressBar { ProgressBar(label, isWanted: !quiet) }
}

/// A command with the common options.
protocol Answering {
    var answer: Answer { get }
}

/// JSON with keys in snake case and in a fixed order.
enum JSONText {
    static func block(_ value: some Encodable) throws -> String {
        try text(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    }

    static func line(_ value: some Encodable) throws -> String {
        try text(value, [.sortedKeys, .withoutEscapingSlashes])
    }

    private static func text(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// Numbers as people read them.
enum Words {
    static func number(_ value: Double, _ places: Int = 1) -> String {
        value.isFinite ? String(format: "%.\(places)f", value) : "-inf"
    }

    /// A linear amplitude in dB below full scale.
    static func decibels(_ amplitude: some BinaryFloatingPoint) -> String {
        amplitude > 0 ? number(20 * log10(Double(amplitude))) + " dBFS" : "silence"
    }

    /// The same as a number; `nil` for silence, which JSON cannot say.
    static func finiteDecibels(_ amplitude: some BinaryFloatingPoint) -> Double? {
        amplitude > 0 ? 20 * log10(Double(amplitude)) : nil
    }

    /// Names and values below each other.
    static func table(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "  " + $0.padding(toLength: width, withPad: " ", startingAt: 0) + "  " + $1 }
            .joined(separator: "\n")
    }
}
