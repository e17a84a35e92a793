// Hands pieces of a file from one task to another.

import BuskerHTTP
import Synchronization

/// A pipe that holds one piece: who writes waits until it was read, so memory does not grow.
final class PiecePipe: Sendable {
    /// The reader is gone.
    struct Closed: Error {}

    private struct State {
        var piece: [UInt8]?
        var reader: CheckedContinuation<[UInt8]?, any Error>?
        var writer: CheckedContinuation<Void, any Error>?
        var end: Result<Void, any Error>?
        var isClosed = false
    }

    private let state = Mutex(State())

    /// What is read.
    var body: HTTPBody { .pieces(Pieces(pipe: self), length: nil) }

    /// Writes a piece; returns when there is room for the next.
    ///
    /// - Throws: ``Closed`` when nobody reads any more, or the end was said before.
    func send(_ piece: [UInt8]) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (writer: CheckedContinuation<Void, any Error>) in
                state.withLock { state in
                    if state.isClosed || state.end != nil { return writer.resume(throwing: Closed()) }
                    if let reader = state.reader {
                        state.reader = nil
                        reader.resume(returning: piece)
                        return writer.resume()
                    }
                    state.piece = piece
                    state.writer = writer
                }
            }
        } onCancel: {
            finish(throwing: CancellationError())
        }
    }

    /// Says that nothing more comes.
    func finish(throwing error: (any Error)? = nil) {
        state.withLock { state in
            guard state.end == nil else { return }
            state.end = error.map { .failure($0) } ?? .success(())
            if error != nil { Self.drop(&state) }
            state.reader?.resume(with: state.end.map { $0.map { nil } } ?? .success(nil))
            state.reader = nil
        }
    }

    /// Says that nobody reads any more.
    func close() {
        state.withLock { state in
            state.isClosed = true
            Self.drop(&state)
        }
    }

    private static func drop(_ state: inout State) {
        state.writer?.resume(throwing: Closed())
        (state.writer, state.piece) = (nil, nil)
    }

    private func next() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (reader: CheckedContinuation<[UInt8]?, any Error>) in
                state.withLock { state in
                    if let piece = state.piece {
                        state.piece = nil
                        state.writer?.resume()
                        state.writer = nil
                        return reader.resume(returning: piece)
                    }
                    if let end = state.end { return reader.resume(with: end.map { nil }) }
                    state.reader = reader
                }
            }
        } onCancel: {
            close()
            finish(throwing: CancellationError())
        }
    }

    private struct Pieces: AsyncSequence, Sendable {
        typealias Element = [UInt8]
        typealias Failure = any Error
        let pipe: PiecePipe

        struct Iterator: AsyncIteratorProtocol {
            let pipe: PiecePipe

            mutating func next() async throws -> [UInt8]? { try await pipe.next() }
        }

        func makeAsyncIterator() -> Iterator { Iterator(pipe: pipe) }
    }
}
