// What every store promises of writing.

import BuskerHTTP
import BuskerStorage
import Testing

@Suite struct PutBehaviour {
    static let stores = StoreUnderTest.all

    @Test(arguments: stores)
    func whatIsWrittenIsRead(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let key = try ObjectKey("songs/one.wav")
            let bytes = content(100_000)
            let options = PutOptions(
                contentType: "audio/wav", length: 100_000, sha256: ContentHash(of: bytes),
                attributes: ["plan": "pro", "made-by": "a b~c"])
            let written = try await store.put(key, .bytes(bytes), options)
            let info = try await store.info(key)
            #expect(info.size == 100_000 && info.contentType == "audio/wav" && info.entityTag == written.entityTag)
            #expect(info.attributes == options.attributes && !info.entityTag.isEmpty)
            #expect(info.sha256 == nil || info.sha256 == options.sha256)
            #expect(try await store.bytes(key) == bytes)
        }
    }

    @Test(arguments: stores)
    func whatIsWrittenIsThereAfterARestart(_ kind: StoreUnderTest) async throws {
        try await kind.withOpened { opened in
            let key = try ObjectKey("a/b/c")
            let options = PutOptions(contentType: "text/plain", attributes: ["x": "1"])
            let written = try await opened.store.put(key, .cut(content(5000), 700), options)
            let info = try await opened.reopen().info(key)
            #expect(info.entityTag == written.entityTag && info.attributes == ["x": "1"])
            #expect(try await opened.reopen().bytes(key) == content(5000))
        }
    }

    @Test(arguments: stores)
    func theModeDecides(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let key = try ObjectKey("k")
            let first = try await store.put(key, .bytes([1]), PutOptions(mode: .create))
            #expect(
                await failure { try await store.put(key, .bytes([2]), PutOptions(mode: .create)) } == .alreadyExists)
            #expect(try await store.bytes(key) == [1])
            let second = try await store.put(key, .bytes([2, 2]), PutOptions(mode: .overwrite))
            #expect(second.entityTag != first.entityTag && second.size == 2)
            guard kind.abilities.replaces else { return }
            let stale = PutOptions(mode: .replace(first.entityTag))
            #expect(await failure { try await store.put(key, .bytes([3]), stale) } == .precondition)
            try await store.put(key, .bytes([3, 3, 3]), PutOptions(mode: .replace(second.entityTag)))
            #expect(try await store.bytes(key) == [3, 3, 3])
            let other = try ObjectKey("not there")
            #expect(await failure { try await store.put(other, .bytes([3]), stale) } == .precondition)
            #expect(await store.lacks(other))
        }
    }

    @Test(arguments: stores)
    func aLieIsFoundAndLeavesNothing(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let key = try ObjectKey("liar")
            let bytes = content(3000)
            let honest = ContentHash(of: bytes)
            let cases: [(HTTPBody, PutOptions, StorageError.Code)] = [
                (.bytes(bytes), PutOptions(length: 2999), .badLength),
                (.bytes(bytes), PutOptions(length: 3001), .badLength),
                (.cut(bytes, 1000, announced: false), PutOptions(length: 2999), .badLength),
                (.cut(bytes, 1000, announced: false), PutOptions(length: 3001), .badLength),
                (.pieces(CutBytes(bytes: bytes, size: 999), length: 3001), PutOptions(), .badLength),
                (.pieces(CutBytes(bytes: bytes, size: 999), length: 2999), PutOptions(), .badLength),
                (.bytes(bytes + [0]), PutOptions(sha256: honest), .badDigest),
                (.cut(Array(bytes.dropLast()), 500), PutOptions(sha256: honest), .badDigest),
                (.bytes(bytes), PutOptions(bytesMax: 2999), .tooLarge),
                (.cut(bytes, 64, announced: false), PutOptions(bytesMax: 2999), .tooLarge),
                (.bytes(bytes), PutOptions(attributes: ["Name": "x"]), .badRequest),
                (.bytes(bytes), PutOptions(attributes: ["name": "a\r\nb: c"]), .badRequest),
                (.bytes(bytes), PutOptions(attributes: ["n": String(repeating: "v", count: 2048)]), .badRequest),
                (.bytes(bytes), PutOptions(contentType: "text/plain\r\nx: y"), .badRequest),
                (.bytes(bytes), PutOptions(length: -1), .badRequest),
            ]
            for (place, lie) in cases.enumerated() {
                #expect(await failure { try await store.put(key, lie.0, lie.1) } == lie.2, "case \(place)")
                #expect(await store.lacks(key), "case \(place)")
            }
            try await store.put(key, .bytes([7]), PutOptions())
            #expect(await failure { try await store.put(key, .bytes(bytes), PutOptions(length: 1)) } == .badLength)
            #expect(try await store.bytes(key) == [7], "a failed write changes nothing")
            #expect(try await store.keys() == ["liar"])
        }
    }

    @Test(arguments: stores)
    func aBodyThatFailsMidwayLeavesNothing(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let key = try ObjectKey("cut")
            let errors: [any Error] = [
                Mishap(), HTTPError(.interrupted, ""), StorageError(.badAnswer, ""), CancellationError(),
            ]
            for error in errors {
                for size in [0, 100, 700_000] {
                    let body = HTTPBody.broken(content(size), 65_536, by: error)
                    #expect(await failure { try await store.put(key, body, PutOptions()) } != nil)
                    #expect(await store.lacks(key))
                }
            }
            try await store.put(key, .bytes([1]), PutOptions())
            let body = HTTPBody.broken(content(1000), 100, by: Mishap())
            #expect(await failure { try await store.put(key, body, PutOptions()) } != nil)
            #expect(try await store.bytes(key) == [1])
        }
    }

    @Test(arguments: stores)
    func aCancelledWriteLeavesNothing(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let key = try ObjectKey("cancelled")
            let (endless, feed) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
            let (begun, begin) = AsyncStream<Void>.makeStream()
            let watched = HTTPBody.pieces(
                endless.map { piece in
                    begin.yield()
                    return piece
                }, length: nil)
            let task = Task { await failure { try await store.put(key, watched, PutOptions()) } }
            feed.yield(content(100_000))
            for await _ in begun { break }
            task.cancel()
            #expect(await task.value == .cancelled)
            #expect(await store.lacks(key))
            let late = Task {
                while !Task.isCancelled { await Task.yield() }
                return await failure { try await store.put(key, .bytes([1]), PutOptions()) }
            }
            late.cancel()
            #expect(await late.value == .cancelled)
            #expect(await store.lacks(key))
        }
    }

    @Test(arguments: stores)
    func emptyAndLargeObjectsAreWhole(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let empty = try ObjectKey("empty")
            for body in [HTTPBody.bytes([]), .cut([], 10), .cut([], 10, announced: false)] {
                try await store.put(empty, body, PutOptions(length: 0, sha256: ContentHash(of: [])))
                #expect(try await store.bytes(empty) == [])
                #expect(try await store.info(empty).size == 0)
            }
            let large = try ObjectKey("large")
            let bytes = content(16 << 20)
            let hash = ContentHash(of: bytes)
            try await store.put(large, .cut(bytes, 10_007), PutOptions(sha256: hash))
            let read = try await store.bytes(large)
            #expect(read.count == bytes.count && ContentHash(of: read) == hash)
            let range = try await store.bytes(large, GetOptions(range: .bytes(5_000_000..<7_000_001)))
            #expect(ContentHash(of: range) == ContentHash(of: Array(bytes[5_000_000..<7_000_001])))
        }
    }

    @Test(arguments: stores.filter(\.abilities.createsOnce))
    func ofManyWhoCreateOneWins(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            for round in 0..<(kind.abilities.isFast ? 20 : 3) {
                let key = try ObjectKey("race/\(round)")
                let codes = await withTaskGroup(of: (UInt8, StorageError.Code?).self) { group in
                    for writer in UInt8(0)..<8 {
                        group.addTask {
                            let body = HTTPBody.cut([UInt8](repeating: writer, count: 3000), 1000)
                            return (writer, await failure { try await store.put(key, body, PutOptions(mode: .create)) })
                        }
                    }
                    return await group.reduce(into: [:]) { $0[$1.0] = .some($1.1) }
                }
                let winners = codes.filter { $0.value == nil }.map(\.key)
                #expect(winners.count == 1)
                #expect(codes.values.allSatisfy { $0 == nil || $0 == .alreadyExists })
                #expect(try await store.bytes(key) == [UInt8](repeating: winners.first ?? 99, count: 3000))
            }
        }
    }

    @Test(arguments: stores.filter(\.abilities.replaces))
    func ofManyWhoReplaceOneWins(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let key = try ObjectKey("race")
            var tag = try await store.put(key, .bytes([255]), PutOptions()).entityTag
            for round in 0..<(kind.abilities.isFast ? 20 : 3) {
                let before = tag
                let wins = await withTaskGroup(of: Bool.self) { group in
                    for writer in UInt8(0)..<8 {
                        group.addTask {
                            let bytes = [UInt8(round), writer]
                            let code = await failure {
                                try await store.put(key, .bytes(bytes), PutOptions(mode: .replace(before)))
                            }
                            #expect(code == nil || code == .precondition)
                            return code == nil
                        }
                    }
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(wins == 1)
                tag = try await store.info(key).entityTag
                #expect(tag != before)
            }
        }
    }

    @Test(arguments: stores)
    func aReaderSeesOneWholeObjectOrTheOther(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let key = try ObjectKey("torn")
            try await store.put(key, .bytes([UInt8](repeating: 0, count: 1000)), PutOptions())
            let rounds = kind.abilities.isFast ? 60 : 6
            async let writing: Void = {
                for round in 1...rounds {
                    let bytes = [UInt8](repeating: UInt8(round), count: 1000 + 7 * round)
                    try await store.put(key, .cut(bytes, 333), PutOptions())
                }
            }()
            for _ in 0..<rounds {
                let bytes = try await store.bytes(key)
                let round = Int(bytes.first ?? 99)
                #expect(bytes.count == 1000 + 7 * round && Set(bytes).count == 1)
            }
            try await writing
        }
    }
}
