// A file that nobody can find and no crash leaves behind.

import BuskerHTTP
import BuskerProcess
import BuskerStorage
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// An open file without a name, with the bytes of a body in it, to be read from its beginning.
struct NamelessFile: ~Copyable {
    let descriptor: Int32

    /// - Throws: `StorageError` with `unavailable` or `noSpace`, or what ended the body.
    init(_ body: HTTPBody, in folder: String, on threads: FileThreads) async throws(StorageError) {
        let descriptor = try await threads.run { () throws(StorageError) in try Self.open(in: folder) }
        do throws(StorageError) {
            try await body.eachPiece { (piece) throws(StorageError) in
                try await threads.run { () throws(StorageError) in try Self.write(piece, to: descriptor) }
            }
        } catch {
            close(descriptor)
            throw error
        }
        lseek(descriptor, 0, SEEK_SET)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    private static func open(in folder: String) throws(StorageError) -> Int32 {
        var template = Array("\(folder)/busker-XXXXXX".utf8CString)
        let descriptor = unsafe mkstemp(&template)
        guard descriptor >= 0 else {
            throw StorageError(.unavailable, "No file can be made in the folder for inspections (error \(errno)).")
        }
        unsafe unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(StorageError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe written(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count == 0 || errno != EINTR {
                throw StorageError(
                    errno == ENOSPC ? .noSpace : .unavailable, "A file for an inspection was not written.")
            }
        }
    }
}

/// `write` of the system, which the method of the same name would hide.
private func written(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    unsafe write(descriptor, bytes, count)
}

/// The first line that a program wrote.
final class Answer: Sendable {
    private let line = Mutex<String?>(nil)

    func take(_ line: ProcessLine) {
        guard line.stream == .output else { return }
        self.line.withLock { if $0 == nil { $0 = line.text } }
    }

    var inspection: Inspection? { line.withLock { $0 }.flatMap(SoundCheck.inspection) }
}
