// Keys that are kept as given, and texts that are no keys.

import BuskerStorage
import HTTPTypes
import TestSupport
import Testing

@Suite struct KeyTests {
    @Test(arguments: [
        "a", "a b+c", "한글 파일.mp3", "cafe\u{301}", "a/b/.hidden", "..a/b..", "zero\u{200B}width", "percent%2F", "emoji😀",
        String(repeating: "k", count: 1024),
    ])
    func aKeyIsKeptAsGiven(text: String) throws {
        #expect(Array(try ObjectKey(text).text.utf8) == Array(text.utf8))
    }

    @Test(arguments: [
        "", "/", "/a", "a/", "a//b", ".", "..", "a/./b", "../a", "a/..", "tab\there", "nul\0", "del\u{7F}", "c1\u{85}",
        "\u{202E}rtl", "a\u{2066}b", String(repeating: "k", count: 1025), String(repeating: "한", count: 342),
    ])
    func whatIsNoKeyIsRefused(text: String) {
        #expect(throws: StorageError(.badKey, "")) { try ObjectKey(text) }
    }

    @Test func twoFormsOfALetterAreTwoKeys() throws {
        let one = try ObjectKey("caf\u{E9}")
        let two = try ObjectKey("cafe\u{301}")
        #expect(one != two && Set([one, two]).count == 2 && two < one)
    }

    @Test func anyTextIsRefusedOrKept() throws {
        var random = SeededGenerator(seed: 5)
        let scalars = Array("ab/.. \u{0}\u{7F}\u{85}\u{202A}\u{2069}é한😀%+\\~".unicodeScalars)
        var kept = 0
        for _ in 0..<5000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                text.append(scalars[Int.random(in: 0..<scalars.count, using: &random)])
            }
            let whole = String(text)
            guard let key = try? ObjectKey(whole) else { continue }
            kept += 1
            let segments = key.text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            #expect(
                segments.allSatisfy { !$0.isEmpty && Array($0) != Array(".".utf8) && Array($0) != Array("..".utf8) })
            #expect(!key.text.unicodeScalars.contains { $0.value < 32 || (0x7F..<0xA0).contains($0.value) })
            let encoded = PercentEncoding.encode(whole, keepingSlash: true)
            #expect(PercentEncoding.decode(encoded.utf8) == Array(whole.utf8) && encoded.utf8.allSatisfy { $0 < 0x80 })
            let item = QueryItem(whole, whole)
            #expect(QueryItem.parse("\(item.name)=\(item.value ?? "")") == [item], "seed 5")
        }
        #expect((100..<4900).contains(kept))
    }

    @Test(arguments: ["ab", "Abc", "a_b", "-ab", "ab-", "a..b", "a/b", "", String(repeating: "a", count: 64)])
    func whatIsNoBucketIsRefused(bucket: String) throws {
        let endpoint = try S3Endpoint("https://s3.amazonaws.com")
        #expect(throws: StorageError(.badAddress, "")) { try endpoint.request(.get, bucket: bucket) }
    }

    @Test func partsFitTheLimits() throws {
        let mebibyte: Int64 = 1 << 20
        for (size, bytes, count) in [
            (0, 8 * mebibyte, 1), (8 * mebibyte, 8 * mebibyte, 1), (8 * mebibyte + 1, 8 * mebibyte, 2),
            (200 << 20, 8 * mebibyte, 25), (80_000 * mebibyte, 8 * mebibyte, 10_000),
            (80_000 * mebibyte + 1, 9 * mebibyte, 8889), (PartSize.objectMax, 525 * mebibyte, 9987),
        ] as [(Int64, Int64, Int64)] {
            let parts = try PartSize(objectOf: size)
            #expect(parts.bytes == bytes && parts.count == count)
            let ranges = [1, parts.count].compactMap { parts.range(of: $0, in: size) }
            #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == size)
            #expect(parts.range(of: parts.count + 1, in: size) == nil)
        }
        #expect(throws: StorageError(.tooLarge, "")) { try PartSize(objectOf: PartSize.objectMax + 1) }
        #expect(throws: StorageError(.badRequest, "")) { try PartSize(objectOf: 1, preferred: 1) }
        #expect(throws: StorageError(.badRequest, "")) { try PartSize(objectOf: -1) }
    }

    @Test func sumsInPiecesAreThoseOfTheWhole() {
        var random = SeededGenerator(seed: 9)
        for kind in Checksum.Kind.allCases {
            let bytes = (0..<1000).map { _ in UInt8.random(in: 0...255, using: &random) }
            var summing = Checksum.Summing(kind)
            var at = 0
            while at < bytes.count {
                let end = min(bytes.count, at + Int.random(in: 0...40, using: &random))
                summing.add(Array(bytes[at..<end]))
                at = end
            }
            let whole = Checksum(kind, of: bytes)
            #expect(summing.sum == whole, "seed 9 \(kind)")
            #expect(Checksum(kind, text: whole.description) == whole)
            #expect(Checksum.composite(of: [whole, whole])?.description.hasSuffix("-2") == true)
        }
        #expect(Checksum.composite(of: []) == nil && Checksum(.crc32, text: "AAAA") == nil)
        #expect(Checksum.composite(of: [Checksum(.crc32, of: []), Checksum(.sha1, of: [])]) == nil)
    }
}
