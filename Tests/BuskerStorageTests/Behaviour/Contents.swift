// Contents and bodies for tests of stores.

import BuskerHTTP
import BuskerStorage
import Testing

/// Bytes that look like nothing else, made quickly.
func content(_ count: Int, seed: Int = 1) -> [UInt8] {
    var block = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 3 ^ seed) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    var number = seed
    while bytes.count < count {
        for place in 0..<4 { block[place] = UInt8(truncatingIfNeeded: number >> (8 * place)) }
        bytes += block.prefix(count - bytes.count)
        number &+= 1
    }
    return bytes
}

/// Bytes that come piece by piece, and may end with an error instead of an end.
struct CutBytes: AsyncSequence, Sendable {
    let bytes: [UInt8]
    let size: Int
    var failure: (any Error)?

    func makeAsyncIterator() -> Iterator { Iterator(pieces: self) }

    struct Iterator: AsyncIteratorProtocol {
        let pieces: CutBytes
        var at = 0

        mutating func next() async throws -> [UInt8]? {
            guard at < pieces.bytes.count else {
                if let failure = pieces.failure { throw failure }
                return nil
            }
            let end = Swift.min(at + pieces.size, pieces.bytes.count)
            defer { at = end }
            return Array(pieces.bytes[at..<end])
        }
    }
}

extension HTTPBody {
    /// A body of pieces of one size.
    static func cut(_ bytes: [UInt8], _ size: Int, announced: Bool = true) -> HTTPBody {
        .pieces(CutBytes(bytes: bytes, size: size), length: announced ? Int64(bytes.count) : nil)
    }

    /// A body that fails after some bytes.
    static func broken(_ bytes: [UInt8], _ size: Int, by failure: any Error) -> HTTPBody {
        .pieces(CutBytes(bytes: bytes, size: size, failure: failure), length: nil)
    }
}

/// What a body fails with that nobody has heard of.
struct Mishap: Error {}

extension ObjectStore {
    /// The bytes of an object, or of a range of it.
    func bytes(_ key: ObjectKey, _ options: GetOptions = GetOptions()) async throws -> [UInt8] {
        let content = try await get(key, options)
        let bytes = try await content.body.collect(upTo: 64 << 20)
        #expect(content.range.count == bytes.count, "the range is that of the bytes")
        return bytes
    }

    /// Whether an object is certainly not there.
    func lacks(_ key: ObjectKey) async -> Bool { await head(key) == .absent }

    /// What is known of an object that must be there.
    func info(_ key: ObjectKey) async throws -> ObjectInfo {
        guard case .present(let info) = await head(key) else {
            Issue.record("\(key) is not there")
            throw StorageError(.notFound, "\(key)")
        }
        return info
    }

    /// Every key, page by page.
    func keys(_ request: ListRequest = ListRequest()) async throws -> [String] {
        var request = request
        var keys: [String] = []
        for _ in 0..<10_000 {
            let page = try await list(request)
            #expect(page.objects.count + page.prefixes.count <= request.limit)
            keys += page.objects.map(\.key.text) + page.prefixes
            guard let next = page.next else { return keys }
            request.after = next
        }
        Issue.record("the listing does not end")
        return keys
    }
}

/// The failure of a call that must fail.
func failure(_ call: () async throws -> some Sendable) async -> StorageError.Code? {
    do {
        _ = try await call()
        return nil
    } catch let error as StorageError {
        return error.code
    } catch {
        Issue.record("an error of another kind: \(error)")
        return nil
    }
}
