// The bytes of a file, piece by piece.

/// Reads a range of an open file one piece ahead of whoever takes them.
struct LocalPieces: AsyncSequence, Sendable {
    typealias Failure = any Error
    let file: Descriptor
    let range: Range<Int64>
    let size: Int
    let threads: FileThreads

    func makeAsyncIterator() -> Iterator { Iterator(pieces: self, at: range.lowerBound) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let pieces: LocalPieces
        fileprivate var at: Int64
        fileprivate var ahead: FileTicket<[UInt8]>?

        mutating func next() async throws -> [UInt8]? {
            try StorageError.checkCancellation()
            guard let current = ahead ?? read() else { return nil }
            ahead = read()
            return try await current.value()
        }

        /// Begins to read the next piece.
        private mutating func read() -> FileTicket<[UInt8]>? {
            guard at < pieces.range.upperBound else { return nil }
            let piece = at..<Swift.min(at + Int64(pieces.size), pieces.range.upperBound)
            at = piece.upperBound
            let file = pieces.file
            return pieces.threads.start { () throws(StorageError) in try file.readAll(piece) }
        }
    }
}

extension Descriptor {
    /// Reads exactly these bytes.
    func readAll(_ range: Range<Int64>) throws(StorageError) -> [UInt8] {
        let bytes = try read(at: range.lowerBound, count: Int(range.upperBound - range.lowerBound))
        guard bytes.count == Int(range.upperBound - range.lowerBound) else {
            throw StorageError(.badAnswer, "The file of the object ended early; restore it from a good copy.")
        }
        return bytes
    }
}
