// Bytes of an upload on their way to a store.

import BuskerHTTP
import Synchronization

/// Counts, hashes and sniffs an upload while it passes; nothing passes before its first bytes were looked at.
final class UploadIntake: Sendable {
    /// What has become known of the content.
    struct Facts: Sendable {
        var count: Int64 = 0
        var sum = ContentHash.Summing()
        var type: MediaType?
        var fault: StorageError?
        var head: [UInt8] = []
    }

    private let facts = Mutex(Facts())
    private let request: UploadRequest
    private let name: DisplayName
    private let beat: @Sendable (Int64) -> Void

    /// Begins; `beat` hears of every piece, with the bytes so far.
    init(_ request: UploadRequest, beat: @escaping @Sendable (Int64) -> Void) {
        self.request = request
        name = DisplayName(request.name)
        self.beat = beat
    }

    /// Bytes so far.
    var count: Int64 { facts.withLock { $0.count } }
    /// Why the content was refused.
    var fault: StorageError? { facts.withLock { $0.fault } }
    /// The hash of what came.
    var hash: ContentHash { facts.withLock { $0.sum.hash } }
    /// What it is, once its first bytes came.
    var type: MediaType? { facts.withLock { $0.type } }

    /// Takes a piece in; answers what may go on, which is nothing while the first bytes are gathered.
    func take(_ piece: [UInt8]) throws(StorageError) -> [UInt8] {
        let outcome = facts.withLock { facts -> (Result<[UInt8], StorageError>, Int64) in
            do throws(StorageError) {
                return (.success(try take(piece, &facts)), facts.count)
            } catch {
                facts.fault = error
                return (.failure(error), facts.count)
            }
        }
        beat(outcome.1)
        return try outcome.0.get()
    }

    /// There is no more; answers what was held back.
    func end() throws(StorageError) -> [UInt8] {
        try facts.withLock { facts throws(StorageError) in
            do throws(StorageError) {
                if let size = request.size, facts.count != size {
                    throw StorageError(.badLength, "\(facts.count) bytes came instead of \(size); send it again.")
                }
                guard facts.count > 0 else { throw StorageError(.badLength, "An upload has at least one byte.") }
                if let promised = request.sha256, facts.sum.hash != promised {
                    throw StorageError(.badDigest, "The bytes are not those whose hash was promised; send them again.")
                }
                return facts.type == nil ? try sniff(&facts) : []
            } catch {
                facts.fault = error
                throw error
            }
        }
    }

    private func take(_ piece: [UInt8], _ facts: inout Facts) throws(StorageError) -> [UInt8] {
        let (count, overflow) = facts.count.addingReportingOverflow(Int64(piece.count))
        guard !overflow, count <= request.bytesMax else {
            if let size = request.size { throw StorageError(.badLength, "More bytes came than the \(size) announced.") }
            throw UploadRequest.tooLarge(request.bytesMax)
        }
        facts.count = count
        facts.sum.add(piece)
        guard facts.type == nil else { return piece }
        facts.head += piece
        return facts.head.count < MediaSniffer.bytesMax ? [] : try sniff(&facts)
    }

    private func sniff(_ facts: inout Facts) throws(StorageError) -> [UInt8] {
        facts.type = try request.category.check(head: facts.head, declared: request.contentType, name: name)
        defer { facts.head = [] }
        return facts.head
    }
}

/// The pieces of a body behind an intake.
struct IntakePieces: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = any Error

    let pieces: HTTPBody.Pieces
    let intake: UploadIntake

    func makeAsyncIterator() -> Iterator { Iterator(source: pieces.makeAsyncIterator(), intake: intake) }

    struct Iterator: AsyncIteratorProtocol {
        var source: (any AsyncIteratorProtocol<[UInt8], any Error>)?
        let intake: UploadIntake

        mutating func next() async throws -> [UInt8]? { try await next(isolation: nil) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
            while var source {
                let piece = try await source.next(isolation: actor)
                self.source = source
                guard let piece else {
                    self.source = nil
                    // A sender that went away ends some bodies without an error.
                    try Task.checkCancellation()
                    let rest = try intake.end()
                    return rest.isEmpty ? nil : rest
                }
                let ready = try intake.take(piece)
                if !ready.isEmpty { return ready }
            }
            return nil
        }
    }
}

/// Bytes at hand as pieces of a size that progress can be told by.
struct CutPieces: AsyncSequence, AsyncIteratorProtocol, Sendable {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    func makeAsyncIterator() -> CutPieces { self }

    mutating func next() async throws -> [UInt8]? {
        guard !rest.isEmpty else { return nil }
        defer { rest = rest.dropFirst(1 << 16) }
        return Array(rest.prefix(1 << 16))
    }
}

extension HTTPBody {
    /// The bytes in pieces, whether they are at hand or on their way.
    var asPieces: Pieces {
        switch storage {
        case .bytes(let bytes): CutPieces(bytes)
        case .pieces(let pieces, _): pieces
        }
    }
}
