// A folder that one attempt works in, and that goes away with it.

import BuskerCore
import BuskerHTTP
import BuskerJobs
import BuskerStorage

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A file in a work folder, measured.
struct FolderFile: Sendable, Hashable {
    let path: String
    let size: Int64
    let sha256: ContentHash
    /// The CRC-32 of zlib in hexadecimal, which a zip needs before its bytes.
    let crc32: String
}

/// A folder of one attempt; only the files in it that work names are ever read, and no link is followed.
struct WorkFolder: Sendable {
    /// The absolute path.
    let path: String
    private let threads = FileThreads.shared
    private static let pieceBytes = 1 << 18

    /// Makes the folder.
    init(in base: String, for job: JobID, ids: IDGenerator) async throws(StorageError) {
        let path = "\(base)/\(job)-\(ids.make(FileKind.self).description.suffix(26))"
        self.path = path
        try await threads.run { () throws(StorageError) in
            guard unsafe mkdir(path, 0o700) == 0 else { throw Self.failed("A folder to work in cannot be made") }
        }
    }

    /// Deletes the folder with everything in it.
    func remove() async { await Self.remove(path) }

    /// Deletes a folder with everything in it.
    static func remove(_ path: String) async {
        _ = try? await FileThreads.shared.run { () throws(StorageError) in FolderTree.remove(path) }
    }

    /// The names in a folder; none where there is no folder.
    static func names(in path: String) async -> [String] {
        (try? await FileThreads.shared.run { () throws(StorageError) in FolderTree.names(in: path) }) ?? []
    }

    /// Writes a body into a new file.
    ///
    /// - Returns: its absolute path and the hash of what was written.
    func write(_ body: HTTPBody, as name: String) async throws(StorageError) -> (path: String, hash: ContentHash) {
        let file = "\(path)/\(name)"
        let descriptor = try await threads.run { () throws(StorageError) in
            let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw Self.failed("A file to work on cannot be made") }
            return descriptor
        }
        defer { close(descriptor) }
        var sum = ContentHash.Summing()
        try await body.eachPiece { (piece) throws(StorageError) in
            sum.add(piece)
            try await threads.run { () throws(StorageError) in try NamelessFile.write(piece, to: descriptor) }
        }
        return (file, sum.hash)
    }

    /// Reads a file that work made, to learn what it is.
    ///
    /// - Parameter name: its path within the folder; nothing outside is opened.
    func measure(_ name: String) async throws -> FolderFile {
        let isWithin = name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && $0 != "." && $0 != ".."
        }
        guard isWithin else { throw WorkFault(.failed, "A result lies outside of the work's folder.", isFinal: true) }
        let file = "\(path)/\(name)"
        return try await threads.run { () throws(StorageError) in
            let descriptor = try openResult(name)
            defer { close(descriptor) }
            var (hash, sum, size) = (ContentHash.Summing(), Checksum.Summing(.crc32), Int64(0))
            while case let piece = try Self.bytes(descriptor, at: size, count: Self.pieceBytes), !piece.isEmpty {
                hash.add(piece)
                sum.add(piece)
                size += Int64(piece.count)
            }
            let crc = String(sum.sum.bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }, radix: 16)
            return FolderFile(path: file, size: size, sha256: hash.hash, crc32: crc)
        }
    }

    /// The bytes of a measured file, piece by piece; the store compares them with what was measured.
    func body(of file: FolderFile) async throws(StorageError) -> HTTPBody {
        let descriptor = try await threads.run { () throws(StorageError) in
            OpenFile(descriptor: try openResult(String(file.path.dropFirst(path.count + 1))))
        }
        return .pieces(FilePieces(file: descriptor, size: file.size, threads: threads), length: file.size)
    }

    /// Opens a file by its path within the folder, one part after the other, so that a link is followed nowhere on the way.
    private func openResult(_ name: String) throws(StorageError) -> Int32 {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        let parts = name.split(separator: "/").map(String.init)
        var descriptor = unsafe open(path, flags | O_DIRECTORY)
        for (at, part) in parts.enumerated() {
            guard descriptor >= 0 else { break }
            let folder = descriptor
            descriptor = unsafe openat(folder, part, at + 1 < parts.count ? flags | O_DIRECTORY : flags)
            let problem = errno
            close(folder)
            errno = problem
        }
        guard descriptor >= 0 else { throw Self.failed("A result of the work is not there") }
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw StorageError(.badState, "A result of the work is no file.")
        }
        return descriptor
    }

    fileprivate static func bytes(_ descriptor: Int32, at offset: Int64, count: Int) throws(StorageError) -> [UInt8] {
        var failure = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { room, filled in
            var got = -1
            repeat {
                got = unsafe pread(descriptor, room.baseAddress, count, off_t(offset))
            } while got < 0 && errno == EINTR
            failure = got < 0
            filled = max(0, got)
        }
        guard !failure else { throw failed("A result of the work cannot be read") }
        return bytes
    }

    private static func failed(_ what: String) -> StorageError {
        StorageError(errno == ENOSPC ? .noSpace : .unavailable, "\(what) (error \(errno)).")
    }

    /// An open file, closed when nobody reads it any more.
    fileprivate final class OpenFile: Sendable {
        let descriptor: Int32

        init(descriptor: Int32) { self.descriptor = descriptor }

        deinit { close(descriptor) }
    }

    /// A file from its beginning, read on threads that may wait for the disk.
    fileprivate struct FilePieces: AsyncSequence, Sendable {
        typealias Failure = any Error
        let file: OpenFile
        let size: Int64
        let threads: FileThreads

        func makeAsyncIterator() -> Iterator { Iterator(pieces: self) }

        struct Iterator: AsyncIteratorProtocol {
            let pieces: FilePieces
            var at: Int64 = 0

            mutating func next() async throws -> [UInt8]? {
                guard at < pieces.size else { return nil }
                let (file, offset) = (pieces.file, at)
                let count = Int(Swift.min(Int64(WorkFolder.pieceBytes), pieces.size - at))
                let piece = try await pieces.threads.run { () throws(StorageError) in
                    try WorkFolder.bytes(file.descriptor, at: offset, count: count)
                }
                guard !piece.isEmpty else {
                    throw StorageError(.badLength, "A result of the work became shorter while it was stored.")
                }
                at += Int64(piece.count)
                return piece
            }
        }
    }
}

/// Deletes folders with what is in them.
enum FolderTree {
    /// Deletes a folder and everything in it; a link is deleted, never followed.
    static func remove(_ path: String) {
        for name in names(in: path) {
            let inner = "\(path)/\(name)"
            if unsafe unlink(inner) != 0 { remove(inner) }
        }
        unsafe rmdir(path)
    }

    /// The names in a folder; none where it is no folder.
    static func names(in path: String) -> [String] {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        guard let folder = unsafe fdopendir(descriptor) else {
            close(descriptor)
            return []
        }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
