// How much one client may use.

/// The bounds of a client; each is held at its documented range.
public struct HTTPClientLimits: Sendable, Hashable {
    /// The most connections to one server at a time, 1...1,024; further requests wait for one.
    public let connectionsPerHost: Int
    /// How long a connection is kept that nobody uses, 1 second...1 hour.
    public let idleTime: Duration
    /// How long making a connection may take, 1 ms...10 minutes.
    public let connectTime: Duration
    /// The most bytes of names and values in the head of a response, 1,024...1,048,576.
    public let headBytesMax: Int

    /// Makes bounds; numbers outside their range are moved to its nearer end.
    public init(
        connectionsPerHost: Int = 32, idleTime: Duration = .seconds(30), connectTime: Duration = .seconds(10),
        headBytesMax: Int = 65_536
    ) {
        self.connectionsPerHost = min(max(connectionsPerHost, 1), 1024)
        self.idleTime = min(max(idleTime, .seconds(1)), .seconds(3600))
        self.connectTime = min(max(connectTime, .milliseconds(1)), .seconds(600))
        self.headBytesMax = min(max(headBytesMax, 1024), 1 << 20)
    }

    /// 32 connections per server, kept for half a minute, made within 10 seconds; heads of at most 64 KiB.
    public static let standard = HTTPClientLimits()
}
