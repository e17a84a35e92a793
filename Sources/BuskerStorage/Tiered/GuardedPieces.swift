// Pieces that begin again somewhere else when their source fails before the first of them.

import BuskerHTTP

/// Pieces of any kind.
struct ErasedPieces: Sendable {
    typealias Step = () async throws -> [UInt8]?
    private let begin: @Sendable () -> Step

    init(_ pieces: some AsyncSequence<[UInt8], any Error> & Sendable) {
        begin = {
            var iterator = pieces.makeAsyncIterator()
            return { try await iterator.next(isolation: #isolation) }
        }
    }

    init(_ bytes: [UInt8]) {
        begin = {
            var left: [UInt8]? = bytes
            return {
                defer { left = nil }
                return left
            }
        }
    }

    /// The pieces of a body.
    static func of(_ body: HTTPBody) -> ErasedPieces {
        switch body.storage {
        case .pieces(let pieces, _): ErasedPieces(pieces)
        case .bytes(let bytes): ErasedPieces(bytes)
        }
    }

    /// Begins to read.
    func start() -> Step { begin() }
}

/// The pieces of one source, or all of another when the first fails before its first piece.
struct GuardedPieces: AsyncSequence, Sendable {
    typealias Failure = any Error
    let first: ErasedPieces
    let second: @Sendable () async throws(StorageError) -> ErasedPieces

    func makeAsyncIterator() -> Iterator { Iterator(second: second, step: first.start()) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var second: (@Sendable () async throws(StorageError) -> ErasedPieces)?
        fileprivate var step: ErasedPieces.Step

        mutating func next() async throws -> [UInt8]? {
            guard let again = second else { return try await step() }
            second = nil
            do {
                return try await step()
            } catch {
                guard !(error is CancellationError), (error as? StorageError)?.code != .cancelled else { throw error }
                step = try await again().start()
                return try await step()
            }
        }
    }
}
