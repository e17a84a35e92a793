// A request as a route sees it.

import BuskerAccounts
import BuskerCore
import BuskerHTTP
import HTTPTypes
import Hummingbird
import NIOCore

/// A request whose sender is known as far as the route asks for it.
public struct HostRequest: Sendable {
    /// The request.
    public let request: Request
    /// The values of the path.
    public let values: [String: String]
    /// In which language to answer.
    public let language: Language
    /// The name of the request in logs and answers.
    public let id: String
    /// From where it comes.
    public let client: ClientAddress
    /// Who asks; nothing on routes for everybody.
    public let caller: Caller?
    let channel: any Channel
    /// How long a small body may take to arrive.
    let bodyTime: TimeAmount

    /// Who asks.
    ///
    /// - Throws: ``Problem`` 401 on a route that does not ask who asks.
    public func who() throws -> Caller {
        guard let caller else { throw Problem.unauthorised() }
        return caller
    }

    /// A value of the path as an id.
    ///
    /// - Throws: ``Problem`` 404 when it is none.
    public func id<Kind>(_ name: String = "id", as kind: Kind.Type = Kind.self) throws -> ID<Kind> {
        guard let text = values[name], let id = try? ID<Kind>(parsing: text) else { throw Problem.notFound }
        return id
    }

    /// A value of the query; the first where there are more.
    public func query(_ name: String) -> String? {
        request.uri.queryParameters[Substring(name)].map(String.init)
    }

    /// A whole number of the query.
    ///
    /// - Throws: ``Problem`` 400 when it is none, or out of range.
    public func number(_ name: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let text = query(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Problem.bad(name, "\(name) is a whole number of \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// Which part of a list is wanted.
    ///
    /// - Throws: ``Problem`` 400.
    public func page() throws -> PageRequest {
        let limit = try number("limit", 1...100) ?? 20
        let cursor = try query("cursor").map { text throws(TextError) in try Cursor(parsing: text) }
        return PageRequest(after: cursor, limit: limit)
    }

    /// The key that makes two requests one.
    ///
    /// - Throws: ``Problem`` 400 when it is longer than 200 bytes or not visible.
    public func idempotencyKey() throws -> String? {
        guard let key = request.headers[HTTPField.Name.idempotencyKey] else { return nil }
        guard (1...200).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem.bad("Idempotency-Key", "The key has 1 to 200 visible characters of ASCII.")
        }
        return key
    }

    /// The document that came with the request.
    ///
    /// - Throws: ``Problem`` 400, 408, 413 or 415.
    public func json(upTo bytesMax: Int = 65_536) async throws -> JSONBody {
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        let bytes = try await bytes(upTo: bytesMax)
        if bytes.isEmpty { return JSONBody(.null) }
        guard type == "application/json" else { throw Problem(415, "bad_body", "The body must be application/json.") }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(
                parsing: bytes, limits: JSONLimits(bytesMax: bytesMax, depthMax: 16, valuesMax: 1_000))
        } catch {
            throw Problem(400, "bad_body", error.detail)
        }
        guard value.kind == .object else { throw Problem(400, "bad_body", "The body must be an object.") }
        return JSONBody(value)
    }

    /// All bytes of the body, if they are not too many and do not take too long.
    ///
    /// - Throws: ``Problem`` 408 or 413.
    public func bytes(upTo bytesMax: Int) async throws -> [UInt8] {
        guard (announced ?? 0) <= Int64(bytesMax) else { throw Problem(413, "too_large") }
        let channel = channel
        let alarm = channel.eventLoop.scheduleTask(in: bodyTime) { channel.close(promise: nil) }
        defer { alarm.cancel() }
        var all: [UInt8] = []
        for try await piece in request.body {
            guard piece.readableBytes <= bytesMax - all.count else { throw Problem(413, "too_large") }
            all += piece.readableBytesView
        }
        if let announced, announced != Int64(all.count) { throw Problem(408, "too_slow") }
        return all
    }

    /// The length that the request announces.
    var announced: Int64? { request.headers[.contentLength].flatMap { Int64($0) } }

    /// The body, to be read while it arrives; it fails when it is shorter than announced.
    var stream: HTTPBody { .pieces(RequestPieces(body: request.body, announced: announced), length: announced) }
}

/// The bytes of a request as rooms read them.
private struct RequestPieces: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = any Error

    let body: RequestBody
    let announced: Int64?

    struct Iterator: AsyncIteratorProtocol {
        var inner: RequestBody.AsyncIterator
        let announced: Int64?
        var count: Int64 = 0

        @concurrent mutating func next() async throws -> [UInt8]? {
            guard let piece = try await inner.next() else {
                if let announced, announced != count {
                    throw HTTPError(.interrupted, "The body ended after \(count) of \(announced) bytes.")
                }
                return nil
            }
            count += Int64(piece.readableBytes)
            return Array(piece.readableBytesView)
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(inner: body.makeAsyncIterator(), announced: announced) }
}

extension HTTPField.Name {
    static let idempotencyKey = known("Idempotency-Key")
    static let requestID = known("X-Request-Id")
    static let fileName = known("X-File-Name")
    static let forwardedFor = known("X-Forwarded-For")

    /// A name that is written here and known to be good.
    static func known(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is a good name.") }
        return name
    }
}
