// Files by name, and - for the standard streams.

import ArgumentParser
import BuskerAudio
import Foundation

/// A file's path, or - for a standard stream.
struct Place: ExpressibleByArgument, Hashable {
    let path: String

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        path = argument
    }

    init(_ path: String) { self.path = path }

    static let standard = Place("-")

    var defaultValueDescription: String { path }

    var isStandard: Bool { path == "-" }

    /// The file's extension in small letters; empty for a standard stream.
    var suffix: String { isStandard ? "" : URL(filePath: path).pathExtension.lowercased() }

    /// The place to read from.
    var source: AudioSource { isStandard ? .standardInput : .file(path) }

    /// The place to write to.
    var destination: AudioDestination { isStandard ? .standardOutput : .file(path) }

    /// How messages call it when it is read.
    var inputName: String { isStandard ? "standard input" : path }

    /// Refuses to wait for a person who did not know that the tool reads standard input.
    func checkInput() throws {
        if isStandard, isatty(STDIN_FILENO) == 1 {
            throw ValidationError("Name a file to read, or send one to standard input.")
        }
    }

    /// The place to read from twice: a pipe is first copied into a nameless file, while Ctrl-C may still end the program.
    func rewindable() throws -> AudioSource {
        guard isStandard, lseek(STDIN_FILENO, 0, SEEK_CUR) < 0 else { return source }
        let folder = FileManager.default.temporaryDirectory.path
        var name = Array((folder + "/busker-XXXXXX").utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw Failure.cannotWrite(folder, String(cString: strerror(errno))) }
        unlink(name)
        let spool = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        var total = 0
        do {
            while let block = try FileHandle.standardInput.read(upToCount: 1 << 16), !block.isEmpty {
                total += block.count
                guard total <= AudioLimits.standard.spoolBytesMax else { break }
                try spool.write(contentsOf: block)
            }
            try spool.seek(toOffset: 0)
        } catch {
            throw Failure.cannotWrite(folder, Self.reason(error))
        }
        guard total <= AudioLimits.standard.spoolBytesMax else {
            let most = AudioLimits.standard.spoolBytesMax
            throw Failure(.badInput, code: "too_large", "Standard input has more than \(most) bytes.")
        }
        return .descriptor(descriptor)
    }

    /// Reads a whole small file.
    func readAll(bytesMax: Int) throws -> [UInt8] {
        let handle: FileHandle
        if isStandard {
            handle = .standardInput
        } else if let opened = FileHandle(forReadingAtPath: path) {
            handle = opened
        } else {
            let isThere = FileManager.default.fileExists(atPath: path)
            throw Failure(
                .noInput, code: isThere ? "file_unreadable" : "file_not_found",
                isThere ? "The file '\(path)' cannot be read." : "There is no file '\(path)'.")
        }
        do {
            let data = try handle.read(upToCount: bytesMax + 1) ?? Data()
            guard data.count <= bytesMax else {
                throw Failure(.badInput, code: "too_large", "\(inputName) has more than \(bytesMax) bytes.")
            }
            return [UInt8](data)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.noInput, code: "file_unreadable", "\(inputName) cannot be read.")
        }
    }

    /// Writes all of a small file: it appears whole or not at all.
    func write(_ bytes: [UInt8]) throws {
        guard !isStandard else {
            do {
                try FileHandle.standardOutput.write(contentsOf: Data(bytes))
            } catch {
                throw Failure.cannotWrite("standard output", "it was not taken")
            }
            return
        }
        try Interrupt.guardingFiles {
            do {
                // A device or a named pipe is written to, never replaced.
                var status = stat()
                let isFile = stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
                try Data(bytes).write(to: URL(filePath: path), options: isFile ? .atomic : [])
            } catch {
                throw Failure.cannotWrite(path, Self.reason(error))
            }
        }
    }

    /// Why the system refused, in its own words.
    static func reason(_ error: any Error) -> String {
        let underlying = (error as? CocoaError)?.userInfo[NSUnderlyingErrorKey] ?? error
        guard let posix = underlying as? POSIXError else { return "the system refused" }
        return String(cString: strerror(posix.code.rawValue))
    }
}
