// The body of a response, piece by piece.

import BuskerHTTP

/// Pieces as they come from the connection; they can be read once.
struct ResponsePieces: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = any Error

    struct AsyncIterator: AsyncIteratorProtocol {
        let reader: ExchangeReader

        mutating func next() async throws -> [UInt8]? { try await reader.exchange.next().get() }
    }

    private let reader: ExchangeReader

    init(_ reader: ExchangeReader) { self.reader = reader }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: reader) }
}

/// Whoever may still read; when the last one is gone, the exchange ends.
final class ExchangeReader: Sendable {
    let exchange: Exchange

    init(_ exchange: Exchange) { self.exchange = exchange }

    deinit { exchange.end(.failure(ExchangeError.cancelled)) }
}
