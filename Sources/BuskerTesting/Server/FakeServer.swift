// A small HTTP server on the loopback interface.

import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// What the server does with a request.
enum FakeReply: Sendable {
    /// It answers after so much real time, and says when it did.
    case answer(FakeAnswer, after: Duration, done: (@Sendable () -> Void)?)
    /// It ends the connection without an answer.
    case cut
    /// It ends the connection in the middle of the answer.
    case half(FakeAnswer)
    /// It never answers; it says when the caller went away.
    case stall(gone: (@Sendable () -> Void)?)
}

/// A listening socket on 127.0.0.1 with its connections; each speaks HTTP/1.1 and stays open.
final class FakeServer: Sendable {
    /// The most bytes of a request's body.
    static let bodyBytesMax = 1 << 20
    /// The most connections at a time.
    static let connectionsMax = 1024

    private let channel: any Channel
    private let connections: FakeConnections
    let port: Int

    private init(_ channel: any Channel, _ connections: FakeConnections, port: Int) {
        self.channel = channel
        self.connections = connections
        self.port = port
    }

    /// Listens on a port; 0 lets the machine choose.
    static func start(port: Int, _ respond: @escaping @Sendable (FakeRequest) -> FakeReply) async throws -> FakeServer {
        let connections = FakeConnections()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.add(channel) else {
                        channel.close(promise: nil)
                        return
                    }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(FakeHandler(respond))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        return FakeServer(channel, connections, port: channel.localAddress?.port ?? port)
    }

    deinit {
        channel.close(promise: nil)
        for connection in connections.close() { connection.close(promise: nil) }
    }

    /// Closes the socket and every connection.
    func stop() async {
        try? await channel.close().get()
        for connection in connections.close() { try? await connection.close().get() }
    }
}

/// The open connections of a server.
final class FakeConnections: Sendable {
    private struct State {
        var open: [ObjectIdentifier: any Channel] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Keeps a connection until it ends; answers whether there is room for it.
    func add(_ channel: any Channel) -> Bool {
        let name = ObjectIdentifier(channel)
        let isAdded = state.withLock { state in
            guard !state.isClosed, state.open.count < FakeServer.connectionsMax else { return false }
            state.open[name] = channel
            return true
        }
        channel.closeFuture.whenComplete { [weak self] _ in
            self?.state.withLock { state in
                _ = state.open.removeValue(forKey: name)
            }
        }
        return isAdded
    }

    /// Lets no more in and hands out those that are open.
    func close() -> [any Channel] {
        state.withLock { state in
            state.isClosed = true
            return Array(state.open.values)
        }
    }
}
