// Bodies flow as fast as they are taken, end in time, and stop when nobody reads.

import BuskerHTTP
import BuskerHTTPClient
import HTTPTypes
import Synchronization
import Testing

@Suite struct HTTPClientFlowTests {
    static let piece = [UInt8](repeating: 7, count: 65_536)
    /// More than all buffers of sockets and libraries hold together.
    static let pieces = 1024

    @Test func anAnswerWaitsUntilItIsRead() async throws {
        let sent = Tally()
        try await HTTPClientTests.with { wire in
            _ = try await wire.head()
            try await wire.send("HTTP/1.1 200 OK\r\ncontent-length: \(Self.pieces * Self.piece.count)\r\n\r\n")
            for _ in 0..<Self.pieces {
                try await wire.send(Self.piece)
                sent.add()
            }
            try await wire.drain()
        } _: { client, authority in
            let answer = try await client.send(HTTPClientTests.call(authority, limit: .seconds(120)))
            #expect(try await sent.settled() < Self.pieces / 2)
            #expect(answer.body.length == Int64(Self.pieces * Self.piece.count))
            let all = try await answer.body.collect(upTo: Self.pieces * Self.piece.count)
            #expect(all.count == Self.pieces * Self.piece.count && all.allSatisfy { $0 == 7 })
        }
    }

    @Test(arguments: [true, false])
    func aRequestIsMadeOnlyAsFastAsItIsTaken(hasLength: Bool) async throws {
        let (made, goOn, got) = (Tally(), Box(false), Tally())
        try await HTTPClientTests.with { wire in
            _ = try await wire.head()
            while !goOn.value { try await Task.sleep(for: .milliseconds(10)) }
            let wanted = hasLength ? Self.pieces * Self.piece.count : Self.pieces * (Self.piece.count + 9) + 5
            for _ in 0..<wanted / 65_536 { got.add(try await wire.bytes(65_536).count) }
            got.add(try await wire.bytes(wanted % 65_536).count)
            try await wire.send(HTTPClientTests.ok)
            try await wire.drain()
        } _: { client, authority in
            let pieces = AsyncStream<[UInt8]>(unfolding: {
                guard made.value < Self.pieces else { return nil }
                made.add()
                return Self.piece
            })
            let total = Int64(Self.pieces * Self.piece.count)
            let body = HTTPBody.pieces(pieces.failing, length: hasLength ? total : nil)
            let call = HTTPClientTests.call(authority, .put, body: body, limit: .seconds(120))
            async let answer = client.send(call)
            let early = try await made.settled()
            #expect(early < Self.pieces / 2)
            goOn.set(true)
            let last = try await answer.body.collect(upTo: 2)
            #expect(last == Array("ok".utf8))
        }
        #expect(got.value >= Self.pieces * Self.piece.count)
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab"])
    func aServerThatStallsOrTricklesRunsIntoTheTimeLimit(first: String) async throws {
        for trickles in [false, true] {
            try await HTTPClientTests.with { wire in
                _ = try await wire.head()
                try await wire.send(first)
                if trickles, first.hasSuffix("OK\r\n") {
                    for _ in 0..<10_000 {
                        try await Task.sleep(for: .milliseconds(20))
                        try await wire.send("x: y\r\n")
                    }
                }
                try await wire.drain()
            } _: { client, authority in
                let call = HTTPClientTests.call(authority, limit: .milliseconds(300))
                let code = await HTTPClientTests.code { _ = try await HTTPClientTests.get(client, call) }
                #expect(code == .timedOut || trickles && code == .malformedResponse)
            }
        }
    }

    @Test func theTimeLimitHoldsWhileNobodyReads() async throws {
        let gone = Tally()
        try await HTTPClientTests.with { wire in
            _ = try await wire.head()
            try await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab")
            try await wire.drain()
            gone.add()
        } _: { client, authority in
            let answer = try await client.send(HTTPClientTests.call(authority, limit: .seconds(3)))
            while gone.value == 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(await HTTPClientTests.code { _ = try await answer.body.collect(upTo: 9) } == .timedOut)
        }
    }

    @Test(arguments: [false, true])
    func aCancelledTaskEndsTheExchange(afterHead: Bool) async throws {
        let (began, ended) = (Tally(), Tally())
        try await HTTPClientTests.with { wire in
            _ = try await wire.head()
            if afterHead { try await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab") }
            began.add()
            try await wire.drain()
            ended.add()
        } _: { client, authority in
            let task = Task { try await HTTPClientTests.get(client, HTTPClientTests.call(authority)) }
            while began.value == 0 { try await Task.sleep(for: .milliseconds(5)) }
            task.cancel()
            #expect(await HTTPClientTests.code { _ = try await task.value } == .cancelled)
            while ended.value == 0 { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    @Test func anAnswerThatIsDroppedLetsItsConnectionGo() async throws {
        let ended = Tally()
        try await HTTPClientTests.with(HTTPClientLimits(connectionsPerHost: 1)) { wire in
            _ = try await wire.head()
            try await wire.send("HTTP/1.1 200 OK\r\ncontent-length: \(1 << 30)\r\n\r\n")
            while (try? await wire.send(Self.piece)) != nil {}
            ended.add()
        } _: { client, authority in
            for count in 1...3 {
                let answer = try await client.send(HTTPClientTests.call(authority))
                #expect(answer.response.status == .ok)
                #expect(await HTTPClientTests.code { _ = try await answer.body.collect(upTo: 10) } == .bodyTooLarge)
                _ = consume answer
                while ended.value < count { try await Task.sleep(for: .milliseconds(5)) }
            }
        }
    }

    @Test func aBodyThatIsReadTwiceAtOnceIsRefusedAndNotMixed() async throws {
        try await HTTPClientTests.with { wire in
            _ = try await wire.head()
            try await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n")
            try await Task.sleep(for: .milliseconds(200))
            try await wire.send("abc")
            try await wire.drain()
        } _: { client, authority in
            let body = try await client.send(HTTPClientTests.call(authority)).body
            async let a = HTTPClientTests.code { _ = try await body.collect(upTo: 9) }
            async let b = HTTPClientTests.code { _ = try await body.collect(upTo: 9) }
            let codes = await [a, b]
            #expect(codes.contains(nil) && codes.contains(.badRequest))
        }
    }

    @Test func aSourceThatFailsEndsTheRequest() async throws {
        struct Broken: Error {}
        try await HTTPClientTests.with { wire in
            _ = try await wire.head()
            try await wire.drain()
        } _: { client, authority in
            let broken = AsyncThrowingStream<[UInt8], any Error> { stream in
                stream.yield([1])
                stream.finish(throwing: Broken())
            }
            let call = HTTPClientTests.call(authority, .put, body: .pieces(broken, length: 9))
            #expect(await HTTPClientTests.code { _ = try await client.send(call) } == .interrupted)
        }
    }

    @Test(arguments: [1, 3] as [Int64])
    func aLengthThatIsNotTrueIsRefused(length: Int64) async throws {
        try await HTTPClientTests.with { wire in
            _ = try await wire.head()
            try await wire.drain()
        } _: { client, authority in
            let two = AsyncStream<[UInt8]> { stream in
                stream.yield([1, 2])
                stream.finish()
            }
            let call = HTTPClientTests.call(authority, .put, body: .pieces(two.failing, length: length))
            #expect(await HTTPClientTests.code { _ = try await client.send(call) } == .badRequest)
        }
    }

    @Test func anEndlessSourceIsStoppedWithTheRequest() async throws {
        let made = Tally()
        try await HTTPClientTests.with { wire in
            _ = try await wire.head()
            try await wire.drain()
        } _: { client, authority in
            let endless = AsyncStream<[UInt8]>(unfolding: {
                made.add()
                try? await Task.sleep(for: .milliseconds(5))
                return [1]
            })
            let call = HTTPClientTests.call(
                authority, .put, body: .pieces(endless.failing, length: nil), limit: .milliseconds(300))
            #expect(await HTTPClientTests.code { _ = try await client.send(call) } == .timedOut)
            let last = try await made.settled()
            #expect(last == made.value)
        }
    }
}

/// A value that a server and a test share.
final class Box<Value: Sendable>: Sendable {
    private let held: Mutex<Value>

    init(_ value: Value) { held = Mutex(value) }

    var value: Value { held.withLock { $0 } }

    func set(_ value: Value) { held.withLock { $0 = value } }
}

extension AsyncStream {
    /// The same as a sequence that could fail.
    var failing: AsyncThrowingMapSequence<AsyncStream<Element>, Element> { map { (element) throws in element } }
}
