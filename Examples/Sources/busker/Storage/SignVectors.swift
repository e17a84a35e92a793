// busker storage sign-vectors: answers signing vectors line by line.

import ArgumentParser
import BuskerCore
import Foundation
import StorageVectors

/// Signs what a file of vectors says; expected results may be absent.
struct SignVectors: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign-vectors",
        abstract: "Answer signing vectors: one JSON line {group, name, result} for each.",
        discussion: """
            A vector that cannot be answered has a null result and a reason, and never ends the run. Private keys that the \
            file names are looked for beside it.
            """)

    /// The most bytes of a file.
    static let bytesMax = 64 << 20

    @Option(help: ArgumentHelp("The file of vectors, in JSON.", valueName: "file"))
    var vectors: String

    func run() throws {
        let file = URL(filePath: vectors)
        guard let data = try? Data(contentsOf: file) else {
            throw Failure(.noInput, code: "no_input", "'\(vectors)' cannot be read.")
        }
        let read: JSONValue
        do {
            read = try JSONValue(parsing: [UInt8](data), limits: JSONLimits(bytesMax: Self.bytesMax))
        } catch {
            throw Failure(.badInput, code: "bad_vectors", "'\(vectors)' is no file of vectors: \(error.detail)")
        }
        let folder = file.deletingLastPathComponent()
        let answers = StorageVectors(read) { name in
            guard !name.contains("/") else { return nil }
            return try? String(contentsOf: folder.appending(path: name), encoding: .utf8)
        }.answers()
        for answer in answers { FileHandle.standardOutput.write(Data((answer.line.description + "\n").utf8)) }
    }
}
