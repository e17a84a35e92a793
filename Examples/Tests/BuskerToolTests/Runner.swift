// Runs the built tool as a process, in a folder of its own.

import BuskerAudio
import Foundation
import Testing

/// What a run of the tool gave.
struct Outcome {
    let exit: Int32
    let output: Data
    let errors: String

    var text: String { String(decoding: output, as: UTF8.self) }

    /// The output as a JSON object.
    func json() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: output) as? [String: Any])
    }
}

/// The tool and a temporary folder that goes with this object.
final class Runner {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "busker-tool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The repository's root.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let vectors = root.appending(path: "Tests/BuskerAudioTests/Vectors/waveform")
    static let song = root.appending(path: "Tests/BuskerAudioTests/Sounds/song-22k/mixture.flac").path

    /// The tool stands beside the test bundle in the folder of built products.
    static let tool: URL? = {
        let places = CommandLine.arguments.map { URL(filePath: $0) } + [Bundle.main.bundleURL]
        for place in places {
            var folder = place
            for _ in 0..<4 {
                let tool = folder.appending(path: "busker")
                var isFolder: ObjCBool = false
                let isThere = FileManager.default.fileExists(atPath: tool.path, isDirectory: &isFolder)
                if isThere, !isFolder.boolValue, FileManager.default.isExecutableFile(atPath: tool.path) { return tool }
                folder.deleteLastPathComponent()
            }
        }
        return nil
    }()

    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// Starts the tool inside the folder; its output goes to files, so that no pipe fills up.
    func start(
        _ arguments: [String], input: Any? = nil, environment: [String: String] = [:]
    ) throws -> (process: Process, finish: () throws -> Outcome) {
        let process = Process()
        let tool: URL = try #require(Self.tool, "the tool was not found beside the tests")
        process.executableURL = tool
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        let names = ["out", "err"].map { FileManager.default.temporaryDirectory.appending(path: "\(UUID()).\($0)") }
        for name in names { try Data().write(to: name) }
        process.standardInput = input ?? FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: names[0])
        process.standardError = try FileHandle(forWritingTo: names[1])
        try process.run()
        return (
            process,
            {
                process.waitUntilExit()
                defer { for name in names { try? FileManager.default.removeItem(at: name) } }
                return Outcome(
                    exit: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
                    output: try Data(contentsOf: names[0]),
                    errors: String(decoding: try Data(contentsOf: names[1]), as: UTF8.self))
            }
        )
    }

    /// Runs the tool to its end.
    func run(_ arguments: String..., input: Any? = nil) throws -> Outcome { try run(arguments, input: input) }

    func run(_ arguments: [String], input: Any? = nil, environment: [String: String] = [:]) throws -> Outcome {
        try start(arguments, input: input, environment: environment).finish()
    }

    /// Runs the tool with a file as standard input.
    func run(_ arguments: String..., reading path: String) throws -> Outcome {
        let handle: FileHandle = try #require(FileHandle(forReadingAtPath: path))
        return try run(arguments, input: handle)
    }

    /// Everything in the folder, hidden files too.
    func files(in name: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: name).path).sorted()
    }

    /// Writes a stereo sound: a tone on the left, another and clicks on the right.
    @discardableResult
    func makeSound(
        _ name: String, seconds: Double = 1, rate: Int = 22050, channels: Int = 2,
        kind: AudioWriterSettings.Kind = .wav(.int16), amplitude: Float = 0.4
    ) throws -> String {
        let frames = Int(seconds * Double(rate))
        var samples: [Float] = []
        samples.reserveCapacity(frames * channels)
        for frame in 0..<frames {
            let time = Float(frame) / Float(rate)
            for channel in 0..<channels {
                let click: Float = channel > 0 && frame % (rate / 4) < 40 ? 0.3 : 0
                samples.append(amplitude * sin(2 * .pi * (220 + 110 * Float(channel)) * time) + click)
            }
        }
        var writer = try AudioWriter(
            .file(path(name)), settings: AudioWriterSettings(kind, sampleRate: rate, channels: channels))
        try writer.write(samples.span)
        _ = try writer.finish()
        return path(name)
    }

    /// All samples of a sound.
    static func samples(_ path: String) throws -> [Float] {
        var reader = try AudioReader(.file(path))
        return try reader.read(frames: 1 << 22)
    }
}
