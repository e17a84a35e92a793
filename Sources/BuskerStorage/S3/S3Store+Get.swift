// Reads objects, and goes on reading where an answer broke off.

import BuskerHTTP
import HTTPTypes

extension S3Store {
    /// Reads an object, or a range of it.
    ///
    /// A body that breaks off is taken up again where it was, of the same object; when that is not there any more, the body throws
    /// ``StorageError`` with `precondition`. The whole of an object is compared with the sum that the store keeps of it, if any:
    /// `badDigest` at its end.
    public func get(_ key: ObjectKey, _ options: GetOptions) async throws(StorageError) -> ObjectContent {
        let range = try options.range?.header()
        let reply = try await opened(
            key, range: range, ifMatch: options.ifMatch, ifNoneMatch: options.ifNoneMatch)
        let (info, bytes) = try Self.content(key, reply)
        guard reply.response.status.code == 206 || options.range == nil else {
            guard info.size > 0 else { throw StorageError(.badRange, "The object has no bytes, so it has no ranges.") }
            throw StorageError(.badAnswer, "The store sent the whole object instead of the range that was asked for.")
        }
        let isWhole = bytes == 0..<info.size
        let pieces = S3Pieces(
            store: self, info: info, range: bytes, first: reply.body, sum: isWhole ? Self.sum(reply, info) : nil)
        return ObjectContent(info: info, range: bytes, body: .pieces(pieces, length: Int64(bytes.count)))
    }

    /// The bytes from a place on, of the same object as before.
    func resumed(_ info: ObjectInfo, _ range: Range<Int64>) async throws(StorageError) -> HTTPBody {
        let reply = try await opened(
            info.key, range: "bytes=\(range.lowerBound)-\(range.upperBound - 1)", ifMatch: info.entityTag,
            ifNoneMatch: nil)
        let (now, bytes) = try Self.content(info.key, reply)
        guard now.entityTag == info.entityTag, now.size == info.size, bytes == range else {
            throw StorageError(.precondition, "The object changed while it was read; read it again.")
        }
        return reply.body
    }

    private func opened(
        _ key: ObjectKey, range: String?, ifMatch: String?, ifNoneMatch: String?
    ) async throws(StorageError) -> S3Reply {
        try StorageError.checkCancellation()
        var call = try call(.get, key)
        call.answerMax = nil
        call.timeLimit = settings.readTimeLimit
        if let range { call.request.headers[.range] = range }
        if let ifMatch { call.request.headers[.ifMatch] = Self.quoted(ifMatch) }
        if let ifNoneMatch { call.request.headers[.ifNoneMatch] = Self.quoted(ifNoneMatch) }
        if settings.sendsChecksums, range == nil { call.request.headers.set("x-amz-checksum-mode", "ENABLED") }
        for field in customersFields { call.request.headers.set(field.name, field.value) }
        return try await exchange.send(call).granted()
    }

    /// The object that an answer is about, and which of its bytes follow.
    private static func content(_ key: ObjectKey, _ reply: S3Reply) throws(StorageError) -> (ObjectInfo, Range<Int64>) {
        guard reply.response.status.code == 206 else {
            guard let size = reply["Content-Length"].flatMap({ Int64($0) }) ?? reply.body.length, size >= 0 else {
                throw S3Answer.fault("Content-Length")
            }
            return (try ObjectInfo(key, size: size, reply), 0..<size)
        }
        guard let (range, size) = reply["Content-Range"].flatMap(ContentRange.read) else {
            throw S3Answer.fault("Content-Range")
        }
        return (try ObjectInfo(key, size: size, reply), range)
    }

    /// The sum that the whole of the object must have, as far as the answer tells one that is not made of parts' sums.
    private static func sum(_ reply: S3Reply, _ info: ObjectInfo) -> Checksum? {
        if let hash = info.sha256 { return Checksum(.sha256, bytes: hash.bytes) }
        for kind in [Checksum.Kind.sha256, .crc64nvme, .crc32c, .crc32] {
            if let sum = reply[kind.header].flatMap({ Checksum(kind, text: $0) }), sum.parts == nil,
                reply["x-amz-checksum-type"] != "COMPOSITE"
            {
                return sum
            }
        }
        return nil
    }

    /// An entity tag as headers want it.
    static func quoted(_ tag: String) -> String {
        tag.hasPrefix("\"") || tag.hasPrefix("W/") || tag == "*" ? tag : "\"\(tag)\""
    }
}

extension ObjectRange {
    /// The value of the header `Range`.
    ///
    /// - Throws: ``StorageError`` with `badRange` when no object has such bytes.
    func header() throws(StorageError) -> String {
        switch self {
        case .bytes(let range) where range.lowerBound >= 0 && !range.isEmpty:
            return "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
        case .from(let start) where start >= 0: return "bytes=\(start)-"
        case .last(let count) where count > 0: return "bytes=-\(count)"
        default:
            throw StorageError(.badRange, "No object has such bytes: the range is empty or begins before the first.")
        }
    }
}

/// `bytes 0-4/10` of RFC 9110, section 14.4.
enum ContentRange {
    static func read(_ text: String) -> (range: Range<Int64>, size: Int64)? {
        guard text.hasPrefix("bytes ") else { return nil }
        let halves = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let size = Int64(halves[1]) else { return nil }
        let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Int64(ends[0]), let last = Int64(ends[1]), first >= 0, first <= last,
            last < size
        else { return nil }
        return (first..<(last + 1), size)
    }
}
