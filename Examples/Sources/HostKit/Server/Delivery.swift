// Delivers bytes: whole, in ranges, or not at all because they are known.

import BuskerHTTP
import BuskerStorage
import HTTPTypes
import Hummingbird

/// Something that can be delivered in ranges.
public struct Delivery: Sendable {
    /// How many bytes it has.
    let size: Int64
    /// What changes when a byte changes, with its quotes.
    let entityTag: String
    /// Its type.
    let type: String
    /// The value of `Content-Disposition`.
    let disposition: String
    /// Reads a range of it.
    let open: @Sendable (Range<Int64>) async throws -> HTTPBody

    /// Describes it.
    public init(
        size: Int64, entityTag: String, type: String, disposition: String,
        open: @escaping @Sendable (Range<Int64>) async throws -> HTTPBody
    ) {
        self.size = size
        self.entityTag = entityTag
        self.type = type
        self.disposition = disposition
        self.open = open
    }

    /// A file of the store, by its hash.
    public init(
        _ file: FileRecord, disposition: String, open: @escaping @Sendable (ObjectRange?) async throws -> HTTPBody
    ) {
        let size = file.size ?? 0
        self.init(
            size: size, entityTag: "\"\(file.sha256?.description.prefix(32) ?? "\(file.id)")\"", type: file.contentType,
            disposition: disposition
        ) { range in try await open(range == 0..<size ? nil : .bytes(range)) }
    }

    /// Answers a request (RFC 9110, sections 13 and 14); several ranges at once are answered with the whole.
    public func answer(_ request: HostRequest) async throws -> Response {
        let headers = request.request.headers
        var fields: HTTPFields = [
            .eTag: entityTag, .acceptRanges: "bytes", .cacheControl: "private, no-cache",
            .contentDisposition: disposition, .contentType: type,
        ]
        if let known = headers[.ifNoneMatch], Self.lists(known, entityTag) {
            fields[.contentType] = nil
            return Response(status: .notModified, headers: fields)
        }
        let mayBePart = headers[.ifRange].map { $0 == entityTag } ?? true
        var range = 0..<size
        var status = HTTPResponse.Status.ok
        if mayBePart, let text = headers[.range], let wanted = ByteRange(text) {
            guard let found = wanted.range(in: size) else {
                throw Problem(416, "bad_range").with(HTTPField.Name.contentRange, "bytes */\(size)")
            }
            range = found
            status = .partialContent
            fields[.contentRange] = "bytes \(found.lowerBound)-\(found.upperBound - 1)/\(size)"
        }
        guard request.request.method != .head else {
            fields[.contentLength] = String(range.count)
            return Response(status: status, headers: fields)
        }
        let body = try await open(range)
        return Response(status: status, headers: fields, body: .pieces(body, length: Int64(range.count)))
    }

    private static func lists(_ header: String, _ tag: String) -> Bool {
        header == "*"
            || header.split(separator: ",").contains { item in
                let text = item.drop(while: { $0 == " " }).reversed().drop(while: { $0 == " " }).reversed()
                return String(text).replacing("W/", with: "") == tag
            }
    }
}

/// One range of bytes that a request asks for.
enum ByteRange: Hashable {
    case from(Int64, through: Int64?)
    case last(Int64)

    /// Reads `bytes=…`; nothing for other units, several ranges, and what is no range: they are to be ignored.
    init?(_ header: String) {
        let text = header.filter { $0 != " " }
        guard text.hasPrefix("bytes="), !text.contains(",") else { return nil }
        let sides = text.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, sides.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            return nil
        }
        switch (Int64(sides[0]), Int64(sides[1])) {
        case (let first?, nil) where sides[1].isEmpty: self = .from(first, through: nil)
        case (let first?, let last?) where first <= last: self = .from(first, through: last)
        case (nil, let count?) where sides[0].isEmpty: self = .last(count)
        default: return nil
        }
    }

    /// The bytes that there are; nothing when there are none.
    func range(in size: Int64) -> Range<Int64>? {
        switch self {
        case .from(let first, let last):
            guard first < size else { return nil }
            return first..<(last.map { min($0, size - 1) + 1 } ?? size)
        case .last(let count):
            guard count > 0, size > 0 else { return nil }
            return max(0, size - min(count, size))..<size
        }
    }
}

extension ResponseBody {
    /// Bytes as they come; an answer that ends early is cut, so that nobody takes it for the whole.
    static func pieces(_ body: HTTPBody, length: Int64) -> ResponseBody {
        ResponseBody(contentLength: Int(length)) { writer in
            var count: Int64 = 0
            for try await piece in body.pieces {
                count += Int64(piece.count)
                guard count <= length else { throw HTTPError(.interrupted, "There are more bytes than announced.") }
                try await writer.write(ByteBuffer(bytes: piece))
            }
            guard count == length else { throw HTTPError(.interrupted, "There are fewer bytes than announced.") }
            try await writer.finish(nil)
        }
    }
}
