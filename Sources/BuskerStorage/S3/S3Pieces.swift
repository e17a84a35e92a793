// The bytes of an object as they come, over as many answers as it takes.

import BuskerCore
import BuskerHTTP

/// Pieces of an object; what breaks off is asked for again from there on.
struct S3Pieces: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = any Error

    let store: S3Store
    let info: ObjectInfo
    let range: Range<Int64>
    let first: HTTPBody
    /// The sum of all the bytes, when it is known.
    let sum: Checksum?

    struct AsyncIterator: AsyncIteratorProtocol {
        /// Bytes after which a body that breaks off again may be taken up as often as at first.
        private static let progress: Int64 = 1 << 20

        private let pieces: S3Pieces
        private var reading: any AsyncIteratorProtocol<[UInt8], any Error>
        private var position: Int64
        private var tries = 0
        private var firm: Int64
        private var summing: Checksum.Summing?

        fileprivate init(_ pieces: S3Pieces) {
            self.pieces = pieces
            reading = pieces.first.pieces.makeAsyncIterator()
            position = pieces.range.lowerBound
            firm = position
            summing = pieces.sum.map { Checksum.Summing($0.kind) }
        }

        mutating func next() async throws -> [UInt8]? {
            while true {
                do {
                    while let piece = try await reading.next(isolation: #isolation) {
                        guard !piece.isEmpty else { continue }
                        return try take(piece)
                    }
                } catch let error as HTTPError {
                    guard [.interrupted, .timedOut, .unreachable].contains(error.code) else {
                        throw StorageError(exchange: error)
                    }
                }
                if position == pieces.range.upperBound { return try end() }
                try await takeUp()
            }
        }

        private mutating func take(_ piece: [UInt8]) throws(StorageError) -> [UInt8] {
            guard Int64(piece.count) <= pieces.range.upperBound - position else {
                throw StorageError(.badAnswer, "The store sent more bytes than it said; read the object again.")
            }
            position += Int64(piece.count)
            if position - firm >= Self.progress {
                firm = position
                tries = 0
            }
            summing?.add(piece)
            return piece
        }

        private mutating func end() throws(StorageError) -> [UInt8]? {
            if let summing, let sum = pieces.sum, summing.sum != sum {
                throw StorageError(.badDigest, "The bytes that came are not those that were stored; read them again.")
            }
            return nil
        }

        private mutating func takeUp() async throws(StorageError) {
            guard tries < pieces.store.settings.resumesMax else {
                throw StorageError(
                    .badAnswer, "The bytes of the object broke off \(tries + 1) times; read it again later.")
            }
            tries += 1
            try await pieces.store.exchange.pause(before: tries + 1)
            reading = try await pieces.store.resumed(pieces.info, position..<pieces.range.upperBound)
                .pieces.makeAsyncIterator()
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }
}
