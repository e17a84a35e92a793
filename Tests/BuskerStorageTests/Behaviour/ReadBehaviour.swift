// What every store promises of reading, copying and deleting.

import BuskerCore
import BuskerHTTP
import BuskerStorage
import Testing

@Suite struct ReadBehaviour {
    static let stores = StoreUnderTest.all

    /// A range, and what is read of ten bytes; nothing where it must fail.
    static let ranges: [(ObjectRange, Range<Int>?)] = [
        (.bytes(0..<1), 0..<1), (.bytes(0..<10), 0..<10), (.bytes(3..<7), 3..<7), (.bytes(9..<10), 9..<10),
        (.bytes(5..<99), 5..<10), (.bytes(10..<11), nil), (.bytes(99..<100), nil), (.bytes(4..<4), nil),
        (.bytes(-3..<2), nil), (.from(0), 0..<10), (.from(9), 9..<10), (.from(10), nil), (.from(-1), nil),
        (.last(1), 9..<10), (.last(10), 0..<10), (.last(99), 0..<10), (.last(0), nil), (.last(-1), nil),
        (.from(.max), nil), (.last(.max), 0..<10), (.bytes(2..<Int64.max), 2..<10), (.last(.min), nil),
    ]

    @Test(arguments: stores)
    func everyRangeIsCutRightly(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let key = try ObjectKey("ten")
            let empty = try ObjectKey("none")
            let bytes = Array(UInt8(0)..<10)
            try await store.put(key, .bytes(bytes), PutOptions())
            try await store.put(empty, .bytes([]), PutOptions())
            for (range, expected) in Self.ranges {
                let options = GetOptions(range: range)
                if let expected {
                    #expect(try await store.bytes(key, options) == Array(bytes[expected]), "\(range)")
                    let lower = try await store.get(key, options).range.lowerBound
                    #expect(lower == Int64(expected.lowerBound), "\(range)")
                } else {
                    #expect(await failure { try await store.get(key, options) } == .badRange, "\(range)")
                }
                #expect(await failure { try await store.get(empty, options) } == .badRange, "\(range) of nothing")
            }
            #expect(await failure { try await store.get(try ObjectKey("x"), GetOptions()) } == .notFound)
        }
    }

    @Test(arguments: stores)
    func conditionsAreAsked(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let key = try ObjectKey("k")
            let old = try await store.put(key, .bytes([1]), PutOptions()).entityTag
            let new = try await store.put(key, .bytes([2]), PutOptions()).entityTag
            #expect(try await store.bytes(key, GetOptions(ifMatch: new)) == [2])
            #expect(try await store.bytes(key, GetOptions(ifNoneMatch: old)) == [2])
            #expect(await failure { try await store.get(key, GetOptions(ifMatch: old)) } == .precondition)
            #expect(await failure { try await store.get(key, GetOptions(ifNoneMatch: new)) } == .notModified)
            let absent = try ObjectKey("absent")
            #expect(await failure { try await store.get(absent, GetOptions(ifMatch: new)) } != nil)
            #expect(await store.lacks(absent))
        }
    }

    @Test(arguments: stores)
    func anObjectThatIsBeingReadStaysWhole(_ kind: StoreUnderTest) async throws {
        guard kind.abilities.isFast else { return }
        try await kind.with { store in
            let key = try ObjectKey("reading")
            let bytes = content(3_000_000)
            try await store.put(key, .bytes(bytes), PutOptions())
            let reading = try await store.get(key, GetOptions())
            try await store.put(key, .bytes([1]), PutOptions())
            let read = try await reading.body.collect(upTo: 1 << 24)
            #expect(read.count == bytes.count && ContentHash(of: read) == ContentHash(of: bytes))
            let again = try await store.get(key, GetOptions())
            _ = try await store.delete([key])
            #expect(try await again.body.collect(upTo: 100) == [1])
        }
    }

    @Test(arguments: stores)
    func aCopyIsAnObjectOfItsOwn(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let (from, to) = (try ObjectKey("from/a b"), try ObjectKey("to/한"))
            let options = PutOptions(contentType: "audio/flac", attributes: ["n": "v"])
            try await store.put(from, .bytes(content(9000)), options)
            let copied = try await store.copy(from, to: to, mode: .create)
            let info = try await store.info(to)
            #expect(copied.key == to && info.size == 9000 && info.entityTag == copied.entityTag)
            #expect(info.contentType == "audio/flac" && info.attributes == ["n": "v"])
            _ = try await store.delete([from])
            #expect(try await store.bytes(to) == content(9000))
            #expect(await failure { try await store.copy(from, to: try ObjectKey("x"), mode: .overwrite) } == .notFound)
            #expect(await store.lacks(try ObjectKey("x")))
            try await store.put(from, .bytes([1]), PutOptions())
            try await store.copy(from, to: to, mode: .overwrite)
            #expect(try await store.bytes(to) == [1])
            guard kind.abilities.copyModes else { return }
            #expect(await failure { try await store.copy(from, to: to, mode: .create) } == .alreadyExists)
            guard kind.abilities.replaces else { return }
            let tag = try await store.info(to).entityTag
            try await store.put(from, .bytes([5]), PutOptions())
            try await store.copy(from, to: to, mode: .replace(tag))
            #expect(try await store.bytes(to) == [5])
            #expect(await failure { try await store.copy(from, to: to, mode: .replace(tag)) } == .precondition)
        }
    }

    @Test(arguments: stores)
    func aDeletionAnswersForEveryKey(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let keys = try (0..<20).map { try ObjectKey("many/\($0)/of them & <more>") }
            for key in keys.prefix(10) { try await store.put(key, .bytes([1]), PutOptions()) }
            try await store.put(try ObjectKey("many/0"), .bytes([9]), PutOptions())
            let deletions = try await store.delete(keys)
            #expect(deletions == keys.map { ObjectDeletion(key: $0) })
            for key in keys { #expect(await store.lacks(key)) }
            #expect(try await store.keys() == ["many/0"])
            #expect(try await store.delete([]) == [])
            let tooMany = try (0...1000).map { try ObjectKey("k\($0)") }
            #expect(await failure { try await store.delete(tooMany) } == .tooLarge)
        }
    }

    @Test(arguments: stores)
    func trickyKeysAreKept(_ kind: StoreUnderTest) async throws {
        let texts = (VectorFile.file["uri_encoding"]?.elements ?? []).compactMap { $0["key"]?.text }
        #expect(texts.count == 40)
        let long = [String(repeating: "%", count: 500), String(repeating: "A/", count: 400) + "b", "CON", "con", "a/%"]
        let chunks = [79, 80, 81, 160].map { String(repeating: "x", count: $0) }
        let marks = ["=", "+", "a=", "a=/b", "a+", "-", "~", "a/=", "%61"]
        let all: [String] = texts + long + marks + chunks + chunks.map { $0 + "/y" }
        let keys = all.compactMap { try? ObjectKey($0) }
        #expect(keys.count == 55, "seven of the forty are no keys: empty segments, dots, tabs, bidi")
        try await kind.with { store in
            for (place, key) in keys.enumerated() {
                try await store.put(key, .bytes([UInt8(place)]), PutOptions(mode: .create))
            }
            let listed = try await store.keys()
            let expected = keys.sorted().map { Array($0.text.utf8) }
            #expect(listed.map { Array($0.utf8) } == expected)
            for (place, key) in keys.enumerated() {
                #expect(try await store.bytes(key) == [UInt8(place)], "\(key)")
                #expect(try await store.info(key).key == key)
            }
            _ = try await store.delete(Array(keys.dropFirst()))
            #expect(try await store.keys() == [keys[0].text])
        }
    }

    @Test(arguments: stores)
    func whatIsCancelledSaysSo(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let key = try ObjectKey("k")
            try await store.put(key, .bytes([1]), PutOptions())
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                let codes = [
                    await failure { try await store.get(key, GetOptions()) },
                    await failure { try await store.list(ListRequest()) },
                    await failure { try await store.copy(key, to: try ObjectKey("l"), mode: .overwrite) },
                    await failure { try await store.delete([key]) },
                ]
                return (codes, await store.head(key))
            }
            task.cancel()
            let (codes, presence) = await task.value
            #expect(codes == [.cancelled, .cancelled, .cancelled, .cancelled])
            #expect(presence == .unknown(StorageError(.cancelled, "")))
            #expect(try await store.keys() == ["k"])
        }
    }
}
