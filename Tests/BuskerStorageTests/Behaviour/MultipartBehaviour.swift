// What every store promises of uploads in parts.

import BuskerHTTP
import BuskerStorage
import Testing

@Suite struct MultipartBehaviour {
    static let stores = StoreUnderTest.all
    static let large = content(5 << 20, seed: 3)

    @Test(arguments: stores)
    func partsBecomeAnObject(_ kind: StoreUnderTest) async throws {
        try await kind.withOpened { opened in
            let store = opened.store
            let key = try ObjectKey("parts/한 b")
            let whole = Self.large + Self.large + [1, 2, 3]
            let options = PutOptions(
                mode: .create, contentType: "audio/wav", sha256: ContentHash(of: whole), attributes: ["a": "b"])
            let upload = try await store.beginMultipart(key, options)
            let third = try await upload.put(part: 3, [1, 2, 3])
            _ = try await upload.put(part: 1, [9])
            let first = try await upload.put(part: 1, Self.large)
            #expect(first.number == 1 && first.size == 5 << 20)
            #expect(await store.lacks(key))
            #expect(try await store.keys() == [])

            let resumed = try await opened.reopen().resumeMultipart(key, upload: upload.upload, options)
            #expect(try await resumed.parts().map(\.number) == [1, 3])
            let second = try await resumed.put(part: 2, Self.large)
            let parts = try await resumed.parts()
            #expect(parts == [first, second, third])
            let info = try await resumed.complete(parts)
            #expect(info.size == Int64(whole.count))
            #expect(ContentHash(of: try await store.bytes(key)) == ContentHash(of: whole))
            let seen = try await store.info(key)
            #expect(
                seen.contentType == "audio/wav" && seen.attributes == ["a": "b"] && seen.entityTag == info.entityTag)
            guard kind.abilities.knowsUploads else { return }
            if kind.abilities.forgetsCompleted {
                #expect(await failure { try await upload.parts() } == .notFound)
                #expect(await failure { try await upload.put(part: 1, [1]) } == .notFound)
            }
            #expect(try await store.listMultiparts(prefix: "", after: nil, limit: 10).items == [])
        }
    }

    @Test(arguments: stores)
    func wrongPartsAreRefused(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let key = try ObjectKey("wrong")
            let upload = try await store.beginMultipart(key, PutOptions())
            for number in [0, -1, 10_001, Int.max] {
                #expect(await failure { try await upload.put(part: number, [1]) } == .badRequest)
            }
            let small = try await upload.put(part: 1, [1])
            let last = try await upload.put(part: 10_000, [2])
            let never = UploadPart(number: 2, size: 1, entityTag: last.entityTag)
            let other = UploadPart(number: 1, size: 1, entityTag: "\"0123456789abcdef0123456789abcdef\"")
            var lists: [[UploadPart]] = [[], [small, last], [never], [other], [small, never]]
            if kind.abilities.ordersParts { lists += [[last, small], [small, small]] }
            for (place, list) in lists.enumerated() {
                #expect(await failure { try await upload.complete(list) } == .badRequest, "list \(place)")
                #expect(await store.lacks(key), "list \(place)")
            }
            let info = try await upload.complete([last])
            #expect(info.size == 1)
            #expect(try await store.bytes(key) == [2])
        }
    }

    @Test(arguments: stores)
    func anAbortForgetsEverything(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let key = try ObjectKey("aborted")
            let upload = try await store.beginMultipart(key, PutOptions())
            let part = try await upload.put(part: 1, [1])
            try await upload.abort()
            guard kind.abilities.knowsUploads else { return }
            try await upload.abort()
            #expect(await failure { try await upload.parts() } == .notFound)
            #expect(await failure { try await upload.put(part: 2, [1]) } == .notFound)
            #expect(await failure { try await upload.complete([part]) } == .notFound)
            #expect(await store.lacks(key))
        }
    }

    @Test(arguments: stores.filter(\.abilities.knowsUploads))
    func uploadsAreListedAndTold(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            var begun: [MultipartListing.Item] = []
            for text in ["b/1", "a/1", "a/1", "a/2"] {
                let upload = try await store.beginMultipart(try ObjectKey(text), PutOptions())
                begun.append(MultipartListing.Item(key: upload.key, upload: upload.upload, began: nil))
            }
            for (prefix, limit) in [("", 2), ("a/", 1), ("a/", 9), ("c", 9)] {
                var seen: [MultipartListing.Item] = []
                var after: String?
                repeat {
                    let page = try await store.listMultiparts(prefix: prefix, after: after, limit: limit)
                    #expect(page.items.count <= limit)
                    seen += page.items.map { MultipartListing.Item(key: $0.key, upload: $0.upload, began: nil) }
                    after = page.next
                } while after != nil && seen.count < 9
                let expected = begun.filter { $0.key.text.hasPrefix(prefix) }
                #expect(Set(seen) == Set(expected))
                #expect(seen.count == expected.count)
                #expect(seen.map(\.key) == seen.map(\.key).sorted())
            }
            let item = begun[0]
            for (key, upload) in [
                (item.key, "nonsense"), (item.key, "../../objects"), (item.key, ""),
                (try ObjectKey("a/1"), item.upload),
            ] {
                let stranger = try store.resumeMultipart(key, upload: upload, PutOptions())
                #expect(await failure { try await stranger.parts() } == .notFound, "\(upload)")
                #expect(await failure { try await stranger.put(part: 1, [1]) } == .notFound, "\(upload)")
                #expect(await failure { try await stranger.complete([]) } != nil, "\(upload)")
            }
            for item in begun { try await store.resumeMultipart(item.key, upload: item.upload, PutOptions()).abort() }
            #expect(try await store.listMultiparts(prefix: "", after: nil, limit: 9).items == [])
        }
    }

    @Test(arguments: stores.filter(\.abilities.checksCompletion))
    func promisesAreCheckedAtTheEnd(_ kind: StoreUnderTest) async throws {
        try await kind.with { store in
            let key = try ObjectKey("promise")
            let upload = try await store.beginMultipart(key, PutOptions())
            let part = try await upload.put(part: 1, [1, 2, 3])
            let lies: [(PutOptions, StorageError.Code)] = [
                (PutOptions(sha256: ContentHash(of: [1])), .badDigest), (PutOptions(length: 4), .badLength),
                (PutOptions(bytesMax: 2), .tooLarge), (PutOptions(mode: .replace("\"x\"")), .precondition),
            ]
            for (options, code) in lies {
                let liar = try store.resumeMultipart(key, upload: upload.upload, options)
                #expect(await failure { try await liar.complete([part]) } == code)
                #expect(await store.lacks(key))
            }
            try await store.put(key, .bytes([7]), PutOptions())
            let creator = try store.resumeMultipart(key, upload: upload.upload, PutOptions(mode: .create))
            #expect(await failure { try await creator.complete([part]) } == .alreadyExists)
            #expect(try await store.bytes(key) == [7])
            _ = try await upload.complete([part])
            #expect(try await store.bytes(key) == [1, 2, 3])
        }
    }
}
