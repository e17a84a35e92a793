// Carries requests over the network with async-http-client.

import AsyncHTTPClient
public import BuskerHTTP
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOSSL

/// A transport over HTTP/1.1 and TLS 1.2 or later that makes one attempt per call, follows no redirect and unpacks nothing.
///
/// Bodies flow in both directions only as fast as the other end takes them. The time limit of a call counts from the call to the
/// last byte of the answer, also while nobody reads. Whoever drops an answer before its end closes its connection.
public final class HTTPClientTransport: HTTPTransport {
    private let client: HTTPClient
    private let limits: HTTPClientLimits

    /// Makes a client with a pool of connections of its own; ``close()`` it at the end.
    ///
    /// - Parameters:
    ///   - limits: times, connections and sizes.
    ///   - roots: certificates in PEM form that are trusted as roots besides those of the machine.
    /// - Throws: `HTTPError` with `badRequest` when the certificates cannot be read.
    public convenience init(_ limits: HTTPClientLimits = .standard, trusting roots: String? = nil) throws(HTTPError) {
        try self.init(limits, trusting: roots, pinned: [:])
    }

    /// The same with names that mean addresses of ours, which no name server is asked for.
    init(_ limits: HTTPClientLimits, trusting roots: String?, pinned: [String: String]) throws(HTTPError) {
        var security = TLSConfiguration.makeClientConfiguration()
        security.minimumTLSVersion = .tlsv12
        if let roots { security.additionalTrustRoots = [.certificates(try Self.certificates(roots))] }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: security, redirectConfiguration: .disallow,
            timeout: .init(connect: .nanoseconds(limits.connectTime.nanoseconds)), decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.dnsOverride = pinned
        configuration.connectionPool.idleTimeout = .nanoseconds(limits.idleTime.nanoseconds)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = limits.connectionsPerHost
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        self.limits = limits
    }

    deinit {
        let client = client
        Task { try? await client.shutdown() }
    }

    /// Ends every exchange and closes every connection; later calls are refused with `badRequest`.
    public func close() async { try? await client.shutdown() }

    /// Sends a request once and answers as soon as the head of the response is there.
    public func send(_ call: HTTPCall) async throws(HTTPError) -> HTTPAnswer {
        guard !Task.isCancelled else { throw ExchangeError.cancelled }
        let method = call.request.method
        let exchange = Exchange(method: method, headBytesMax: limits.headBytesMax)
        let request = try self.request(call, exchange)
        let deadline = NIODeadline.now() + .nanoseconds(max(call.timeLimit, .zero).nanoseconds)
        let outcome = await withTaskCancellationHandler {
            exchange.begin(client.execute(request: request, delegate: exchange, deadline: deadline))
            return await exchange.head()
        } onCancel: {
            exchange.end(.failure(ExchangeError.cancelled))
        }
        let head = try outcome.get()
        let pieces = ResponsePieces(ExchangeReader(exchange))
        return HTTPAnswer(head.response, body: .pieces(pieces, length: head.length))
    }

    private func request(_ call: HTTPCall, _ exchange: Exchange) throws(HTTPError) -> HTTPClient.Request {
        let address = try RequestAddress.text(call.request)
        var headers = HTTPHeaders()
        for field in call.request.headerFields { headers.add(name: field.name.rawName, value: field.value) }
        do {
            return try HTTPClient.Request(
                url: address, method: .init(rawValue: call.request.method.rawValue), headers: headers,
                body: body(call.body, exchange))
        } catch {
            throw ExchangeError.from(error, wasSent: false)
        }
    }

    private func body(_ body: HTTPBody, _ exchange: Exchange) -> HTTPClient.Body? {
        switch body.storage {
        case .bytes(let bytes): return bytes.isEmpty ? nil : .byteBuffer(ByteBuffer(bytes: bytes))
        case .pieces(let pieces, let length):
            let loop = client.eventLoopGroup.any()
            return .stream(contentLength: length) { writer in
                let promise = loop.makePromise(of: Void.self)
                exchange.feed(pieces, to: writer, promise)
                return promise.futureResult
            }
        }
    }

    private static func certificates(_ pem: String) throws(HTTPError) -> [NIOSSLCertificate] {
        do {
            let found = try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8))
            guard !found.isEmpty else { throw HTTPError(.badRequest, "") }
            return found
        } catch {
            throw HTTPError(.badRequest, "The certificates to trust cannot be read; give them in PEM form.")
        }
    }
}

extension Duration {
    /// The length in nanoseconds, held at the ends of a hundred years.
    var nanoseconds: Int64 {
        let held = min(max(self, .zero), .seconds(100 * 366 * 86_400))
        return held.components.seconds * 1_000_000_000 + held.components.attoseconds / 1_000_000_000
    }
}
