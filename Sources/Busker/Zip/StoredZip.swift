// A zip of stored files, made while it is sent.

public import BuskerCore
public import BuskerHTTP
public import BuskerStorage

/// A zip whose files are stored as they are: its size is known before its first byte, and equal files make equal bytes.
///
/// Sound does not shrink, so nothing is compressed. Every byte has a place that can be computed, so that a download can go on in
/// the middle. Files and offsets beyond 4 GiB are written as ZIP64. (APPNOTE.TXT 6.3, sections 4.3 to 4.5)
public struct StoredZip: Sendable {
    /// The label under which the CRC-32 of a file is kept.
    package static let sumTag = "crc32"

    /// One file of the zip.
    struct Entry: Sendable {
        let name: [UInt8]
        let size: Int64
        let crc32: UInt32
        let key: ObjectKey
        let offset: Int64
    }

    /// A piece of the zip: bytes of its own, or those of a stored object.
    enum Part: Sendable {
        case bytes([UInt8])
        case object(ObjectKey, Int64)

        var size: Int64 {
            switch self {
            case .bytes(let bytes): Int64(bytes.count)
            case .object(_, let size): size
            }
        }
    }

    /// Bytes in all.
    public let size: Int64
    /// Changes with whatever changes the bytes, in quotes as HTTP writes it.
    public let entityTag: String
    private let parts: [Part]
    private let store: any ObjectStore

    /// Makes a zip of stored files.
    ///
    /// - Parameters:
    ///   - files: accepted files with their sizes, hashes and the label `crc32`; their names are those in the zip.
    ///   - store: where their bytes are.
    ///   - time: the time that all files bear, to the even second, in UTC; before 1980 it is 1980.
    /// - Throws: ``MediaError`` with `notFound` when there is no file, `unavailable` for one without a sum or a name that another
    ///   has, and for more than 65,534 files.
    public init(_ files: [FileRecord], in store: any ObjectStore, time: Timestamp) throws(MediaError) {
        guard !files.isEmpty else { throw .noFile }
        let names = Set(files.map { Array($0.name.utf8) })
        guard names.count == files.count, files.count < 65_535 else {
            throw MediaError(.unavailable, "Two files of the zip have one name, or there are too many.")
        }
        let stamp = ZipRecords.stamp(time)
        var parts: [Part] = []
        var entries: [Entry] = []
        var offset: Int64 = 0
        var sum = ContentHash.Summing()
        for file in files {
            guard let size = file.size, let hash = file.sha256, let text = file.tags[Self.sumTag],
                let crc32 = UInt32(text, radix: 16)
            else { throw MediaError(.unavailable, "A file of the zip was stored without its sums.") }
            let entry = Entry(name: Array(file.name.utf8), size: size, crc32: crc32, key: file.key, offset: offset)
            let header = ZipRecords.header(entry, stamp)
            parts += [.bytes(header), .object(file.key, size)]
            offset += Int64(header.count) + size
            sum.add(header + hash.bytes)
            entries.append(entry)
        }
        let directory = ZipRecords.directory(entries, at: offset, stamp)
        parts.append(.bytes(directory))
        self.parts = parts
        self.store = store
        size = offset + Int64(directory.count)
        entityTag = "\"\(sum.hash.description.prefix(32))\""
    }

    /// The bytes of a range, or all of them; a stored file that is not what it was ends the body with an error.
    public func body(_ range: Range<Int64>? = nil) -> HTTPBody {
        let range = (range ?? 0..<size).clamped(to: 0..<size)
        return .pieces(ZipPieces(parts: parts, range: range, store: store), length: range.upperBound - range.lowerBound)
    }
}

/// The pieces of a range of a zip.
private struct ZipPieces: AsyncSequence, Sendable {
    typealias Failure = any Error
    let parts: [StoredZip.Part]
    let range: Range<Int64>
    let store: any ObjectStore

    func makeAsyncIterator() -> Iterator { Iterator(zip: self) }

    struct Iterator: AsyncIteratorProtocol {
        let zip: ZipPieces
        var part = 0
        var start: Int64 = 0
        var inner: (any AsyncIteratorProtocol<[UInt8], any Error>)?
        var rest: Int64 = 0

        init(zip: ZipPieces) { self.zip = zip }

        mutating func next() async throws -> [UInt8]? {
            while true {
                if inner != nil {
                    if let piece = try await inner?.next(isolation: nil) {
                        rest -= Int64(piece.count)
                        return piece
                    }
                    guard rest == 0 else {
                        throw StorageError(.badAnswer, "A file of the zip ended early.")
                    }
                    inner = nil
                }
                guard part < zip.parts.count, start < zip.range.upperBound else { return nil }
                let current = zip.parts[part]
                let wanted = (start..<(start + current.size)).clamped(to: zip.range)
                let local = (wanted.lowerBound - start)..<(wanted.upperBound - start)
                part += 1
                start += current.size
                guard !local.isEmpty else { continue }
                switch current {
                case .bytes(let bytes): return Array(bytes[Int(local.lowerBound)..<Int(local.upperBound)])
                case .object(let key, let size):
                    let isWhole = local == 0..<size
                    let options = GetOptions(range: isWhole ? nil : .bytes(local))
                    let content = try await zip.store.get(key, options)
                    guard content.info.size == size else {
                        throw StorageError(.badAnswer, "A file of the zip is not what was stored.")
                    }
                    rest = local.upperBound - local.lowerBound
                    inner = content.body.pieces.makeAsyncIterator()
                }
            }
        }
    }
}
