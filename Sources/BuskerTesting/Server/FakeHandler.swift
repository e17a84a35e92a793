// One connection of the small HTTP server.

import BuskerCore
import NIOCore
import NIOHTTP1

/// Gathers a request, asks for a reply and sends it.
final class FakeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let respond: @Sendable (FakeRequest) -> FakeReply
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isTooLarge = false
    private var gone: (@Sendable () -> Void)?

    init(_ respond: @escaping @Sendable (FakeRequest) -> FakeReply) { self.respond = respond }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            isTooLarge = false
        case .body(let piece):
            isTooLarge = isTooLarge || piece.readableBytes > FakeServer.bodyBytesMax - body.count
            if !isTooLarge { body += Array(piece.readableBytesView) }
        case .end:
            guard let head else { return }
            self.head = nil
            guard !isTooLarge else {
                send(FakeAnswer(page: 413, "The body is too large."), keepAlive: false, on: context.channel)
                return
            }
            let headers = head.headers.map { (name: $0.name.lowercased(), value: $0.value) }
            let request = FakeRequest(method: head.method.rawValue, target: head.uri, headers: headers, body: body)
            let isBodiless = head.method == .HEAD
            reply(
                isBodiless ? Self.bodiless(respond(request)) : respond(request), keepAlive: head.isKeepAlive,
                on: context.channel)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        gone?()
        gone = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// The same reply without a body, as HEAD wants it.
    private static func bodiless(_ reply: FakeReply) -> FakeReply {
        guard case .answer(var answer, let delay, let done) = reply else { return reply }
        answer.body = ""
        return .answer(answer, after: delay, done: done)
    }

    private func reply(_ reply: FakeReply, keepAlive: Bool, on channel: any Channel) {
        switch reply {
        case .answer(let answer, let delay, let done):
            guard delay > .zero else {
                done?()
                send(answer, keepAlive: keepAlive, on: channel)
                return
            }
            channel.eventLoop.scheduleTask(in: .microseconds(delay.microseconds64)) {
                done?()
                Self.send(answer, keepAlive: keepAlive, on: channel)
            }
        case .cut: channel.close(promise: nil)
        case .half(let answer):
            let bytes = Array(answer.body.utf8)
            channel.write(HTTPServerResponsePart.head(Self.head(answer)), promise: nil)
            let piece = ByteBuffer(bytes: bytes.prefix(bytes.count / 2))
            channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(piece)))
                .whenComplete { _ in channel.close(promise: nil) }
        case .stall(let gone): self.gone = gone
        }
    }

    private func send(_ answer: FakeAnswer, keepAlive: Bool, on channel: any Channel) {
        Self.send(answer, keepAlive: keepAlive, on: channel)
    }

    private static func send(_ answer: FakeAnswer, keepAlive: Bool, on channel: any Channel) {
        channel.write(HTTPServerResponsePart.head(head(answer)), promise: nil)
        channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: answer.body))), promise: nil)
        let end = channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        if !keepAlive { end.whenComplete { _ in channel.close(promise: nil) } }
    }

    private static func head(_ answer: FakeAnswer) -> HTTPResponseHead {
        var headers = HTTPHeaders(answer.headers.map { ($0.name, $0.value) })
        if answer.status != 204 { headers.add(name: "content-length", value: String(answer.body.utf8.count)) }
        return HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
    }
}
