// One request and its response, between a connection and the task that reads.

import AsyncHTTPClient
import BuskerHTTP
import HTTPTypes
import NIOCore
import NIOHTTP1
import Synchronization

/// Hands the head and then piece after piece from the connection to the task; the connection reads on when a piece was taken.
final class Exchange: HTTPClientResponseDelegate {
    typealias Response = Void

    /// The head of a response, and how many bytes follow where that is known.
    struct Head: Sendable {
        let response: HTTPResponse
        let length: Int64?
    }

    typealias HeadResult = Result<Head, HTTPError>
    typealias PieceResult = Result<[UInt8]?, HTTPError>

    fileprivate struct State {
        var task: HTTPClient.Task<Void>?
        var feeder: Task<Void, Never>?
        var wasSent = false
        var head: HeadResult?
        var waitingForHead: CheckedContinuation<HeadResult, Never>?
        var piece: (bytes: [UInt8], taken: EventLoopPromise<Void>)?
        var waitingForPiece: CheckedContinuation<PieceResult, Never>?
        var end: Result<Void, HTTPError>?
    }

    private let state = Mutex(State())
    private let method: HTTPRequest.Method
    private let headBytesMax: Int

    init(method: HTTPRequest.Method, headBytesMax: Int) {
        self.method = method
        self.headBytesMax = headBytesMax
    }

    // MARK: The task's side

    /// Notes what carries the exchange; a client that is closed tells only the task.
    func begin(_ task: HTTPClient.Task<Void>) {
        let isOver = state.withLock { state in
            state.task = task
            return state.end != nil
        }
        if isOver { task.cancel() }
        task.futureResult.whenFailure { self.didReceiveError(task: task, $0) }
    }

    /// Waits for the head.
    func head() async -> HeadResult {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> HeadResult? in
                if let head = state.head { return head }
                state.waitingForHead = continuation
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }

    /// The next piece; nothing at the end.
    func next() async -> PieceResult {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (ready, taken) = state.withLock { $0.take(or: continuation) }
                taken?.succeed()
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            end(.failure(ExchangeError.cancelled))
        }
    }

    /// Sends the pieces of a request's body, each when the one before it was taken.
    func feed(_ pieces: HTTPBody.Pieces, to writer: HTTPClient.Body.StreamWriter, _ sent: EventLoopPromise<Void>) {
        let feeder = Task {
            do {
                for try await piece in pieces {
                    try Task.checkCancellation()
                    try await writer.write(.byteBuffer(ByteBuffer(bytes: piece))).get()
                }
                sent.succeed()
            } catch {
                sent.fail(error)
            }
        }
        let isOver = state.withLock { state in
            state.feeder = feeder
            return state.end != nil
        }
        if isOver { feeder.cancel() }
    }

    /// Ends the exchange, unless it has ended: whoever waits learns it, and the connection is let go.
    func end(_ result: Result<Void, HTTPError>) {
        let parts = state.withLock { state -> State? in
            guard state.end == nil else { return nil }
            let parts = state
            state.end = result
            state.piece = nil
            state.waitingForHead = nil
            state.waitingForPiece = nil
            if state.head == nil, case .failure(let error) = result { state.head = .failure(error) }
            return parts
        }
        guard let parts else { return }
        parts.feeder?.cancel()
        parts.piece?.taken.fail(ExchangeError.cancelled)
        if case .failure(let error) = result {
            parts.waitingForHead?.resume(returning: .failure(error))
            parts.waitingForPiece?.resume(returning: .failure(error))
            parts.task?.cancel()
        } else {
            parts.waitingForPiece?.resume(returning: .success(nil))
        }
    }

    // MARK: The connection's side

    func didSendRequestHead(task: HTTPClient.Task<Void>, _ head: HTTPRequestHead) {
        state.withLock { $0.wasSent = true }
    }

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        do {
            let read = try ResponseHead.read(head, method: method, bytesMax: headBytesMax)
            let waiting = state.withLock { state in
                guard state.end == nil else { return nil as CheckedContinuation<HeadResult, Never>? }
                state.head = .success(read)
                defer { state.waitingForHead = nil }
                return state.waitingForHead
            }
            waiting?.resume(returning: .success(read))
            return task.eventLoop.makeSucceededVoidFuture()
        } catch {
            return task.eventLoop.makeFailedFuture(error)
        }
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        let bytes = Array(buffer.readableBytesView)
        let taken = task.eventLoop.makePromise(of: Void.self)
        let (waiting, isOver) = state.withLock { state -> (CheckedContinuation<PieceResult, Never>?, Bool) in
            if state.end != nil { return (nil, true) }
            defer { state.waitingForPiece = nil }
            if state.waitingForPiece == nil { state.piece = (bytes, taken) }
            return (state.waitingForPiece, false)
        }
        if isOver {
            taken.fail(ExchangeError.cancelled)
        } else if let waiting {
            taken.succeed()
            waiting.resume(returning: .success(bytes))
        }
        return taken.futureResult
    }

    func didReceiveError(task: HTTPClient.Task<Void>, _ error: any Error) {
        let wasSent = state.withLock(\.wasSent)
        end(.failure(ExchangeError.from(error, wasSent: wasSent)))
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws { end(.success(())) }
}

extension Exchange.State {
    /// What there is to read now, and whom to tell that it was taken; nothing when the task has to wait.
    fileprivate mutating func take(
        or waiting: CheckedContinuation<Exchange.PieceResult, Never>
    ) -> (Exchange.PieceResult?, EventLoopPromise<Void>?) {
        if let piece {
            self.piece = nil
            return (.success(piece.bytes), piece.taken)
        }
        if let end { return (end.map { nil }, nil) }
        guard waitingForPiece == nil else {
            return (.failure(HTTPError(.badRequest, "Two tasks read one body; let one of them read.")), nil)
        }
        waitingForPiece = waiting
        return (nil, nil)
    }
}
