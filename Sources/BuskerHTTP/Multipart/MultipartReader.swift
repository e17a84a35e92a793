// Reads forms with files while they arrive.

/// Reads `multipart/form-data` piece by piece: a file of any size passes through a few kilobytes of memory.
///
/// ```swift
/// let reader = try MultipartReader(contentType: request.headers[.contentType])
/// try await reader.read(body) { event in … }
/// ```
public struct MultipartReader: Sendable {
    private let boundary: String
    private let limits: MultipartLimits

    /// Makes a reader for a request.
    ///
    /// - Parameters:
    ///   - contentType: the value of the request's header `Content-Type`.
    ///   - limits: what is too much.
    /// - Throws: ``MultipartError`` with `badType` when it is no form, or its boundary is none.
    public init(contentType: String?, limits: MultipartLimits = MultipartLimits()) throws(MultipartError) {
        let bytes = Array((contentType ?? "").utf8)
        let head = String(decoding: bytes.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self).trimmed.lowercased()
        guard head == "multipart/form-data" else {
            throw MultipartError(.badType, "The body must be multipart/form-data.")
        }
        boundary = try Self.boundary(bytes.dropFirst(bytes.firstIndex(of: UInt8(ascii: ";")) ?? bytes.count))
        self.limits = limits
    }

    /// Reads a form to its end.
    ///
    /// - Parameters:
    ///   - body: the bytes of the request.
    ///   - take: is told what comes, in order; the next bytes are read when it is done.
    /// - Throws: ``MultipartError``, what ended the body, or what `take` throws.
    public func read(_ body: HTTPBody, _ take: (MultipartEvent) async throws -> Void) async throws {
        var parser = MultipartParser(boundary: boundary, limits: limits)
        var field = 0
        var isFile = false
        for try await piece in body.pieces where !piece.isEmpty {
            var events: [MultipartEvent] = []
            try parser.push(piece, &events)
            for event in events {
                switch event {
                case .part(let part): (field, isFile) = (0, part.fileName != nil)
                case .bytes(let bytes) where !isFile:
                    field += bytes.count
                    guard field <= limits.fieldBytesMax else {
                        throw MultipartError(.tooLarge, "A field has more than \(limits.fieldBytesMax) bytes.")
                    }
                default: break
                }
                try await take(event)
            }
        }
        try parser.finish()
    }

    private static func boundary(_ parameters: ArraySlice<UInt8>) throws(MultipartError) -> String {
        let bad = MultipartError(.badType, "The Content-Type has no boundary of 1 to 70 plain characters.")
        guard let text = String(validating: parameters, as: UTF8.self) else { throw bad }
        for parameter in text.split(separator: ";") {
            let sides = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, String(sides[0]).trimmed.lowercased() == "boundary" else { continue }
            var value = String(sides[1]).trimmed
            if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
                value = String(value.dropFirst().dropLast())
            }
            let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'()+_,-./:=? ".utf8)
            guard (1...MultipartLimits.boundaryBytesMax).contains(value.utf8.count), !value.hasSuffix(" "),
                value.utf8.allSatisfy(plain.contains)
            else { throw bad }
            return value
        }
        throw bad
    }
}
