// Ends connections that hold a place and do nothing.

import BuskerAccounts
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Watches one connection: a request's head must come in time, and an answer must be taken in time.
///
/// Bytes that trickle do not count as life, because only whole heads and a writable connection do. Bodies have deadlines of their
/// own where they are read; one that still comes after its answer is let run out for a little while only. It also asks for the body of whoever waits for `100 Continue` (RFC 9110, section 10.1.1).
final class ConnectionCare: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let headTime: TimeAmount
    private let takeTime: TimeAmount
    private var headAlarm: Scheduled<Void>?
    private var takeAlarm: Scheduled<Void>?
    private let drainTime: TimeAmount
    private let places: ConnectionPlaces?
    private var place: ClientAddress?
    private var open = 0
    private var reading = 0

    /// Makes a watch.
    init(
        places: ConnectionPlaces? = nil, headTime: TimeAmount = .seconds(30), takeTime: TimeAmount = .seconds(60),
        drainTime: TimeAmount = .seconds(20)
    ) {
        self.places = places
        self.headTime = headTime
        self.takeTime = takeTime
        self.drainTime = drainTime
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // A few small pieces wait for each slow reader; with many uploads at once they are most of the memory.
        _ = context.channel.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 32_768))
        _ = context.channel.setOption(.maxMessagesPerRead, value: 2)
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            open += 1
            reading += 1
            headAlarm?.cancel()
            headAlarm = nil
            if head.headerFields[.expect]?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
        case .end:
            reading -= 1
            if open <= 0 { awaitHead(context, headTime) }
        case .body: break
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            open -= 1
            if open <= 0 { awaitHead(context, reading > 0 ? drainTime : headTime) }
        }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        takeAlarm?.cancel()
        takeAlarm = context.channel.isWritable ? nil : alarm(context, takeTime)
        context.fireChannelWritabilityChanged()
    }

    /// Takes a place and begins to watch; a connection whose address has all of its places is closed.
    private func begin(_ context: ChannelHandlerContext) {
        if let places, place == nil {
            let address = ClientAddress(context.channel.remoteAddress?.ipAddress ?? "unknown")
            guard places.take(address) else { return context.close(promise: nil) }
            place = address
        }
        awaitHead(context, headTime)
    }

    private func awaitHead(_ context: ChannelHandlerContext, _ time: TimeAmount) {
        headAlarm?.cancel()
        headAlarm = alarm(context, time)
    }

    private func alarm(_ context: ChannelHandlerContext, _ time: TimeAmount) -> Scheduled<Void> {
        let channel = context.channel
        return context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    private func stop() {
        headAlarm?.cancel()
        takeAlarm?.cancel()
        (headAlarm, takeAlarm) = (nil, nil)
        if let place { places?.giveBack(place) }
        place = nil
    }
}
