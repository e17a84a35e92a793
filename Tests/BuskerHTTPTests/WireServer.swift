// A server over a real socket that says exactly the bytes a test wants.

import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing

/// One accepted connection, as a script sees it.
struct Wire {
    private let channel: any Channel
    private var inbound: AsyncStream<[UInt8]>.AsyncIterator
    /// What was read and not used yet.
    private var rest: [UInt8] = []

    init(_ channel: any Channel, _ inbound: AsyncStream<[UInt8]>) {
        self.channel = channel
        self.inbound = inbound.makeAsyncIterator()
    }

    /// Reads a request's head; nothing when the connection ends before.
    mutating func head() async throws -> String? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let found = rest.firstRange(of: end) {
                defer { rest.removeSubrange(..<found.upperBound) }
                return String(decoding: rest[..<found.upperBound], as: UTF8.self)
            }
            guard await more() else { return nil }
        }
    }

    /// Reads so many bytes of a body, or what there is of them.
    mutating func bytes(_ count: Int) async throws -> [UInt8] {
        while rest.count < count, await more() {}
        defer { rest.removeFirst(min(count, rest.count)) }
        return Array(rest.prefix(count))
    }

    /// Reads until the other end closes.
    mutating func drain() async throws {
        while await more() { rest = [] }
    }

    private mutating func more() async -> Bool {
        channel.read()
        guard let piece = await inbound.next(isolation: #isolation) else { return false }
        rest += piece
        return true
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// Sends bytes and waits until the socket has taken them.
    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
}

/// Runs a script on each connection; reads only when the script wants bytes.
private final class WireHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let script: WireServer.Script
    private let pieces = AsyncStream<[UInt8]>.makeStream()
    private var task: Task<Void, Never>?

    init(_ script: @escaping WireServer.Script) { self.script = script }

    func channelActive(context: ChannelHandlerContext) {
        let (channel, stream, script) = (context.channel, pieces.stream, script)
        task = Task {
            var wire = Wire(channel, stream)
            try? await script(&wire)
            try? await channel.close()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pieces.continuation.yield(Array(unwrapInboundIn(data).readableBytesView))
    }

    func channelInactive(context: ChannelHandlerContext) {
        pieces.continuation.finish()
        task?.cancel()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

enum WireServer {
    typealias Script = @Sendable (inout Wire) async throws -> Void

    /// Runs a server while the body runs; a connection ends when its script does.
    static func run(
        tls: Bool = false, certificate: (chain: String, key: String)? = nil, _ script: @escaping Script,
        _ body: (_ authority: String) async throws -> Void
    ) async throws {
        let identity = certificate ?? (TestCertificate.certificate, TestCertificate.key)
        let security = tls || certificate != nil ? try Self.security(identity) : nil
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.autoRead, value: security != nil)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let security { try pipeline.addHandler(NIOSSLServerHandler(context: security)) }
                    try pipeline.addHandler(WireHandler(script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body("127.0.0.1:\(port)"))
        } catch {
            result = .failure(error)
        }
        try await server.close()
        try result.get()
    }

    private static func security(_ identity: (chain: String, key: String)) throws -> NIOSSLContext {
        let certificate = try NIOSSLCertificate.fromPEMBytes(Array(identity.chain.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(identity.key.utf8), format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: certificate.map { .certificate($0) }, privateKey: .privateKey(key)))
    }
}

/// A count that a server and a test share.
final class Tally: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func add(_ number: Int = 1) { count.withLock { $0 += number } }

    /// Waits until the count has not changed for a while.
    func settled() async throws -> Int {
        var (last, same) = (value, 0)
        while same < 10 {
            try await Task.sleep(for: .milliseconds(20))
            (last, same) = value == last ? (last, same + 1) : (value, 0)
        }
        return last
    }
}
