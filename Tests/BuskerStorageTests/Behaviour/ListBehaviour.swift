// What every store promises of listings, and that it is a map from keys to bytes.

import BuskerHTTP
import BuskerStorage
import TestSupport
import Testing

@Suite struct ListBehaviour {
    static let stores = StoreUnderTest.all

    static let texts = [
        "a", "a b", "a!", "a.b", "a/b", "a/b/c", "a/b/d", "a/b.c", "a0", "aa/b", "b/1", "b/2", "b/3/4", "cafe\u{301}",
        "caf\u{E9}", "caf\u{E9}/x", "z", "B", "~", "\u{1F600}/\u{1F600}", "a&b", "a+b", "a%2Fb",
    ]

    /// The entries that a listing must have, in order, said in the plainest way.
    static func expected(_ texts: [String], _ request: ListRequest) -> [[UInt8]] {
        let prefix = Array(request.prefix.utf8)
        var entries: Set<[UInt8]> = []
        for text in texts.map({ Array($0.utf8) }) where text.starts(with: prefix) {
            let slash = text[prefix.count...].firstIndex(of: UInt8(ascii: "/"))
            guard request.rollsUp, let slash else {
                entries.insert(text)
                continue
            }
            entries.insert(Array(text[...slash]))
        }
        return entries.sorted { $0.lexicographicallyPrecedes($1) }
    }

    @Test(arguments: stores)
    func pagesAreCompleteAndInOrder(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            for text in Self.texts { try await store.put(try ObjectKey(text), .bytes([1, 2]), PutOptions()) }
            let limits = kind.abilities.isFast ? [1, 2, 3, 7, 1000] : [3, 1000]
            for prefix in ["", "a", "a/", "a/b", "a/b/", "b/", "caf", "caf\u{E9}", "nothing", "a/b/c", "\u{1F600}/"] {
                for rollsUp in [false, true] {
                    for limit in limits {
                        let request = ListRequest(prefix: prefix, rollsUp: rollsUp, limit: limit)
                        let expected = Self.expected(Self.texts, request)
                        try await check(store, request, expected)
                    }
                }
            }
        }
    }

    /// Walks the pages and compares what they say.
    private func check(_ store: any ObjectStore, _ first: ListRequest, _ expected: [[UInt8]]) async throws {
        var request = first
        var seen: [[UInt8]] = []
        for _ in 0...expected.count {
            let page = try await store.list(request)
            let objects = page.objects.map { Array($0.key.text.utf8) }
            let prefixes = page.prefixes.map { Array($0.utf8) }
            #expect(page.objects.allSatisfy { $0.size == 2 && !$0.entityTag.isEmpty })
            #expect(prefixes.allSatisfy { $0.last == UInt8(ascii: "/") })
            #expect(objects == objects.sorted { $0.lexicographicallyPrecedes($1) })
            #expect(objects.count + prefixes.count <= request.limit)
            seen += (objects + prefixes).sorted { $0.lexicographicallyPrecedes($1) }
            guard let next = page.next else { break }
            request.after = next
        }
        #expect(seen == expected, "\(first)")
    }

    @Test(arguments: stores)
    func aKeyAndItsFolderLiveSideBySide(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let (short, long, longer) = (try ObjectKey("a"), try ObjectKey("a/b"), try ObjectKey("a/b/c"))
            for (key, byte) in [(short, 1), (longer, 3), (long, 2)] as [(ObjectKey, UInt8)] {
                try await store.put(key, .bytes([byte]), PutOptions(mode: .create))
            }
            #expect(try await store.bytes(short) == [1])
            #expect(try await store.bytes(long) == [2])
            _ = try await store.delete([long])
            #expect(try await store.keys() == ["a", "a/b/c"])
            _ = try await store.delete([short])
            #expect(try await store.keys() == ["a/b/c"])
            #expect(await store.lacks(long))
            #expect(await store.lacks(try ObjectKey("a/b/c/d")))
            #expect(await failure { try await store.get(short, GetOptions()) } == .notFound)
        }
    }

    @Test(arguments: stores.filter(\.abilities.isFast), [1, 2] as [UInt64])
    func aStoreIsAMap(_ kind: StoreUnderTest, seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var model: [ObjectKey: [UInt8]] = [:]
        let keys = try ["a", "a/b", "a/b/c", "a/c", "b", "b/c/d/e", "c d", "B"].map { try ObjectKey($0) }
        try await kind.with { store in
            for step in 0..<250 {
                let comment: Comment = "seed \(seed), step \(step)"
                let key = keys[Int.random(in: 0..<keys.count, using: &random)]
                let bytes = content(Int.random(in: 0...3000, using: &random), seed: step)
                switch Int.random(in: 0..<7, using: &random) {
                case 0:
                    try await store.put(key, .cut(bytes, 1 + step), PutOptions())
                    model[key] = bytes
                case 1:
                    let code = await failure { try await store.put(key, .bytes(bytes), PutOptions(mode: .create)) }
                    #expect(code == (model[key] == nil ? nil : .alreadyExists), comment)
                    if code == nil { model[key] = bytes }
                case 2:
                    let gone = (0..<2).map { _ in keys[Int.random(in: 0..<keys.count, using: &random)] }
                    _ = try await store.delete(gone)
                    for key in gone { model[key] = nil }
                case 3:
                    let target = keys[Int.random(in: 0..<keys.count, using: &random)]
                    guard target != key else { continue }
                    let code = await failure { try await store.copy(key, to: target, mode: .overwrite) }
                    #expect(code == (model[key] == nil ? .notFound : nil), comment)
                    if let bytes = model[key] { model[target] = bytes }
                case 4:
                    let listed = try await store.keys(ListRequest(limit: Int.random(in: 1...5, using: &random)))
                    #expect(listed == model.keys.sorted().map(\.text), comment)
                case 5:
                    if let expected = model[key] {
                        #expect(try await store.info(key).size == Int64(expected.count), comment)
                    } else {
                        #expect(await store.lacks(key), comment)
                    }
                default:
                    if let expected = model[key] { #expect(try await store.bytes(key) == expected, comment) }
                }
            }
        }
    }
}
