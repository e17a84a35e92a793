// The bytes of a request or a response.

/// The bytes of a request or a response: all at once, or piece by piece so that memory stays flat.
public struct HTTPBody: Sendable {
    /// Pieces in order, each of a size that the sender chose.
    public typealias Pieces = any AsyncSequence<[UInt8], any Error> & Sendable

    package enum Storage: Sendable {
        case bytes([UInt8])
        case pieces(Pieces, length: Int64?)
    }

    package let storage: Storage

    /// A body that is in memory; it can be sent again.
    public static func bytes(_ bytes: [UInt8]) -> HTTPBody { HTTPBody(storage: .bytes(bytes)) }

    /// A body that is read while it is sent or received, once; `length` in bytes where it is known.
    public static func pieces(_ pieces: Pieces, length: Int64?) -> HTTPBody {
        HTTPBody(storage: .pieces(pieces, length: length))
    }

    /// Whether the body can be sent a second time.
    public var canRepeat: Bool {
        if case .bytes = storage { true } else { false }
    }

    /// The number of bytes, where it is known.
    public var length: Int64? {
        switch storage {
        case .bytes(let bytes): Int64(bytes.count)
        case .pieces(_, let length): length
        }
    }

    /// The bytes, piece by piece; read them once.
    public var pieces: Pieces {
        switch storage {
        case .bytes(let bytes): OnePiece(bytes: bytes)
        case .pieces(let pieces, _): pieces
        }
    }

    /// Reads everything into memory.
    ///
    /// - Parameter bytesMax: the most bytes to take.
    /// - Throws: ``HTTPError`` with `bodyTooLarge` as soon as there are more, or with what ended the exchange.
    public func collect(upTo bytesMax: Int) async throws(HTTPError) -> [UInt8] {
        switch storage {
        case .bytes(let bytes):
            guard bytes.count <= bytesMax else { throw Self.tooLarge(bytesMax) }
            return bytes
        case .pieces(let pieces, let length):
            guard (length ?? 0) <= Int64(bytesMax) else { throw Self.tooLarge(bytesMax) }
            var all: [UInt8] = []
            do {
                for try await piece in pieces {
                    guard piece.count <= bytesMax - all.count else { throw Self.tooLarge(bytesMax) }
                    all += piece
                }
            } catch {
                throw HTTPError(any: error)
            }
            return all
        }
    }

    private static func tooLarge(_ bytesMax: Int) -> HTTPError {
        HTTPError(.bodyTooLarge, "The body has more than \(bytesMax) bytes.")
    }
}

/// Bytes that are at hand, as one piece.
private struct OnePiece: AsyncSequence, AsyncIteratorProtocol {
    typealias Failure = any Error

    var bytes: [UInt8]?

    func makeAsyncIterator() -> OnePiece { self }

    mutating func next() async throws -> [UInt8]? {
        defer { bytes = nil }
        return bytes
    }
}
