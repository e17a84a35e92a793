// busker storage put and get: bytes into a store and out of it.

import ArgumentParser
import BuskerHTTP
import BuskerStorage
import Foundation

/// Writes a file into a store.
struct StoragePut: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "put", abstract: "Write a file into a store, whole or not at all.",
        discussion: StorePlace.discussion)

    @OptionGroup var place: StorePlace

    @Argument(help: "The file to read; - is standard input.")
    var file: Place

    @Argument(help: "The key of the object.")
    var key: KeyArgument

    @Option(help: ArgumentHelp("The type of the content, such as audio/wav.", valueName: "type"))
    var type: String?

    @Flag(help: "Fail when there is an object of that key already.")
    var create = false

    @Option(help: ArgumentHelp("Replace only the object with this tag.", valueName: "tag"))
    var replace: String?

    @Option(help: ArgumentHelp("Fail unless the bytes have this SHA-256, in hexadecimal.", valueName: "digits"))
    var sha256: String?

    @Option(name: .customLong("attribute"), help: ArgumentHelp("A note kept with the object.", valueName: "name=value"))
    var attributes: [String] = []

    @OptionGroup var answer: Answer

    func validate() throws {
        guard !create || replace == nil else { throw ValidationError("Say --create or --replace, not both.") }
        guard attributes.allSatisfy({ $0.dropFirst().contains("=") }) else {
            throw ValidationError("--attribute is name=value.")
        }
    }

    func perform() async throws {
        try file.checkInput()
        let store = try place.open()
        let handle: FileHandle
        if file.isStandard {
            handle = .standardInput
        } else {
            guard let opened = FileHandle(forReadingAtPath: file.path) else {
                throw Failure(.noInput, code: "file_not_found", "There is no file '\(file.path)' that can be read.")
            }
            handle = opened
        }
        let size = file.isStandard ? nil : Self.size(of: handle)
        var options = PutOptions(
            mode: create ? .create : replace.map { .replace($0) } ?? .overwrite, contentType: type, length: size)
        if let sha256 { options.sha256 = try ContentHash(hex: sha256) }
        for attribute in attributes {
            let halves = attribute.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            options.attributes[String(halves[0])] = String(halves[1])
        }
        let bar = answer.bar("Writing")
        let pieces = FilePieces(handle: handle) { done in
            bar.show(size.map { $0 > 0 ? Double(done) / Double($0) : 1 }, done: "\(done >> 20) MiB")
        }
        defer { bar.end() }
        let info = try await store.put(key.key, .pieces(pieces, length: size), options)
        bar.end()
        let report = ObjectReport(info)
        try answer.give(report) { report.words }
    }

    /// The bytes of a file; nothing for what is none, such as a pipe.
    private static func size(of handle: FileHandle) -> Int64? {
        var status = stat()
        guard fstat(handle.fileDescriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int64(status.st_size)
    }
}

/// The bytes of an open file, piece by piece, told as they are read.
struct FilePieces: AsyncSequence, AsyncIteratorProtocol, Sendable {
    typealias Failure = any Error

    static let pieceBytes = 1 << 18

    let handle: FileHandle
    let told: @Sendable (_ done: Int64) -> Void
    private var done: Int64 = 0

    init(handle: FileHandle, told: @escaping @Sendable (_ done: Int64) -> Void) {
        self.handle = handle
        self.told = told
    }

    func makeAsyncIterator() -> FilePieces { self }

    mutating func next() async throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: Self.pieceBytes)
        let count = bytes.withUnsafeMutableBytes { read(handle.fileDescriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw busker.Failure(.noInput, code: "file_unreadable", "The input cannot be read.") }
        guard count > 0 else { return nil }
        bytes.removeLast(bytes.count - count)
        done += Int64(count)
        told(done)
        return bytes
    }
}

/// Reads an object into a file.
struct StorageGet: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Read an object into a file, which appears whole or not at all.",
        discussion: StorePlace.discussion)

    @OptionGroup var place: StorePlace

    @Argument(help: "The key of the object.")
    var key: KeyArgument

    @Argument(help: "The file to write; - is standard output.")
    var file: Place

    @Option(help: ArgumentHelp("Only these bytes, such as 0-99, 500- or -100.", valueName: "range"))
    var range: String?

    @OptionGroup var answer: Answer

    func perform() async throws {
        let store = try place.open()
        let content = try await store.get(key.key, GetOptions(range: try range.map(Self.range)))
        let size = Int64(content.range.count)
        let bar = answer.bar("Reading")
        defer { bar.end() }
        if file.isStandard {
            try await Self.copy(content.body, to: .standardOutput) { _ in }
            return
        }
        try await Interrupt.guardingFiles {
            let part = file.path + ".busker-part"
            guard FileManager.default.createFile(atPath: part, contents: nil),
                let handle = FileHandle(forWritingAtPath: part)
            else { throw Failure.cannotWrite(file.path, "its folder refused") }
            do {
                try await Self.copy(content.body, to: handle) { done in
                    bar.show(size > 0 ? Double(done) / Double(size) : 1, done: "\(done >> 20) MiB")
                }
                try handle.synchronize()
                try handle.close()
                guard rename(part, file.path) == 0 else {
                    throw Failure.cannotWrite(file.path, String(cString: strerror(errno)))
                }
            } catch {
                unlink(part)
                throw error
            }
        }
        bar.end()
        let report = ObjectReport(content.info)
        try answer.give(report) { report.words }
    }

    private static func copy(_ body: HTTPBody, to handle: FileHandle, _ told: (Int64) -> Void) async throws {
        var done: Int64 = 0
        for try await piece in body.pieces {
            try Interrupt.check()
            do {
                try handle.write(contentsOf: Data(piece))
            } catch {
                throw Failure.cannotWrite("the output", Place.reason(error))
            }
            done += Int64(piece.count)
            told(done)
        }
    }

    /// `a-b` with both ends, `a-` or `-count`.
    static func range(_ text: String) throws -> ObjectRange {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        let numbers = ends.map { Int64($0) }
        guard ends.count == 2, zip(ends, numbers).allSatisfy({ $0.isEmpty || $1 != nil }) else {
            throw ValidationError("--range is such as 0-99, 500- or -100.")
        }
        switch (numbers[0], numbers[1]) {
        case (let first?, let last?) where first <= last && last < .max: return .bytes(first..<(last + 1))
        case (let first?, nil): return .from(first)
        case (nil, let count?): return .last(count)
        default: throw ValidationError("--range ends before it begins.")
        }
    }
}
