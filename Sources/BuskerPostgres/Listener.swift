// A connection that listens for messages from other processes.

import BuskerDatabase
import Synchronization

/// A thread that listens on a connection of its own, connects again when it is lost, and hands messages to streams.
final class Listener: Sendable {
    private struct State {
        var streams: [String: [UInt64: AsyncStream<String>.Continuation]] = [:]
        var active: Set<String> = []
        var next: UInt64 = 0
        var isRunning = false
        var isClosed = false
        var leaving: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let server: ConnectionString
    private let limits: PostgresLimits
    private let pipe: Pipe

    init(to server: ConnectionString, limits: PostgresLimits) throws(DatabaseError) {
        guard let pipe = Pipe() else { throw DatabaseError(.limit, "The process has no files left for a listener.") }
        self.server = server
        self.limits = limits
        self.pipe = pipe
    }

    /// The messages on a channel from now on.
    func listen(_ channel: String) throws(DatabaseError) -> AsyncStream<String> {
        try Channel.check(channel)
        let (stream, continuation) = AsyncStream.makeStream(
            of: String.self, bufferingPolicy: .bufferingNewest(limits.listenerBuffer))
        let (isClosed, starts, id) = state.withLock { state in
            guard !state.isClosed else { return (true, false, UInt64(0)) }
            state.next += 1
            state.streams[channel, default: [:]][state.next] = continuation
            if state.active.contains(channel) { continuation.yield("") }
            defer { state.isRunning = true }
            return (false, !state.isRunning, state.next)
        }
        guard !isClosed else { throw DatabaseError(.closed, "The database was closed.") }
        continuation.onTermination = { [weak self] _ in self?.drop(channel, id) }
        pipe.wake()
        guard starts else { return stream }
        do throws(DatabaseError) {
            try Threads.start { [self] in work() }
        } catch {
            state.withLock { $0.isRunning = false }
            continuation.finish()
            throw error
        }
        return stream
    }

    /// Ends every stream and, without waiting, the thread.
    func beginToClose() {
        let streams = state.withLock { state in
            state.isClosed = true
            defer { state.streams = [:] }
            return state.streams.values.flatMap(\.values)
        }
        for stream in streams { stream.finish() }
        pipe.wake()
    }

    /// Ends every stream; returns once the connection is closed.
    func close() async {
        beginToClose()
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.isRunning { state.leaving.append(continuation) }
                return !state.isRunning
            }
            if isOver { continuation.resume() }
        }
    }

    private func drop(_ channel: String, _ id: UInt64) {
        state.withLock { state in
            state.streams[channel]?[id] = nil
            if state.streams[channel]?.isEmpty == true { state.streams[channel] = nil }
        }
        pipe.wake()
    }

    // MARK: The thread

    private func work() {
        var link: Link?
        var listening: Set<String> = []
        var failures = 0
        while let wanted = wanted() {
            guard !wanted.isEmpty else {
                (link, listening) = (nil, [])
                pipe.wait(-1)
                continue
            }
            do throws(Failure) {
                let connected: Link
                if let link { connected = link } else { connected = try connect() }
                link = connected
                try change(&listening, to: wanted, on: connected)
                for (channel, message) in try connected.notifications() { deliver(message, to: channel) }
                failures = 0
                connected.waitForInput(or: pipe)
            } catch {
                (link, listening) = (nil, [])
                state.withLock { $0.active = [] }
                pipe.wait(20 << min(failures, 6))
                failures += 1
            }
        }
        link = nil
        let leaving = state.withLock { state in
            state.isRunning = false
            defer { state.leaving = [] }
            return state.leaving
        }
        for continuation in leaving { continuation.resume() }
    }

    /// The channels that somebody listens to; nothing when the thread is to end.
    ///
    /// The pipe is emptied before anybody looks: who changes something after the look is heard by the next wait.
    private func wanted() -> Set<String>? {
        pipe.clear()
        return state.withLock { $0.isClosed ? nil : Set($0.streams.keys) }
    }

    private func connect() throws(Failure) -> Link {
        do throws(DatabaseError) {
            return try Link(to: server, limits: limits)
        } catch {
            throw Failure(error: error, isLost: true)
        }
    }

    /// Listens to what is wanted and to nothing else; what is heard from now on begins with an empty message.
    private func change(_ listening: inout Set<String>, to wanted: Set<String>, on link: Link) throws(Failure) {
        let new = wanted.subtracting(listening)
        let old = listening.subtracting(wanted)
        guard !new.isEmpty || !old.isEmpty else { return }
        _ = try link.exchange(
            new.sorted().map { .command("LISTEN \(Channel.quoted($0))") }
                + old.sorted().map { .command("UNLISTEN \(Channel.quoted($0))") })
        listening = wanted
        let streams = state.withLock { state in
            state.active = wanted
            return new.flatMap { state.streams[$0].map { Array($0.values) } ?? [] }
        }
        for stream in streams { stream.yield("") }
    }

    private func deliver(_ message: String, to channel: String) {
        let streams = state.withLock { ($0.streams[channel] ?? [:]).sorted { $0.key < $1.key }.map(\.value) }
        for stream in streams { stream.yield(message) }
    }
}
