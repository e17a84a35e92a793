// Vectors of checksums, of bytes and of parts.

import BuskerCore
import BuskerStorage
import Crypto

extension StorageVectors {
    func checksums(_ vector: JSONValue) throws -> JSON {
        let bytes = try Self.bytes(hexadecimal: try text("hex", vector))
        let md5 = Insecure.MD5.hash(data: bytes)
        return [
            "md5_b64": .text(Checksum.contentMD5(of: bytes)), "etag": .text(Self.hexadecimal(Array(md5))),
            "sha256_b64": .text(Checksum(.sha256, of: bytes).description),
            "sha1_b64": .text(Checksum(.sha1, of: bytes).description),
            "crc32_b64": .text(Checksum(.crc32, of: bytes).description),
            "crc32c_b64": .text(Checksum(.crc32c, of: bytes).description),
        ]
    }

    func composites(_ vector: JSONValue) throws -> JSON {
        var md5s: [[UInt8]] = []
        var sums: [Checksum.Kind: [Checksum]] = [:]
        var whole = Checksum.Summing(.crc32)
        for part in vector["parts"]?.elements ?? [] {
            guard let byte = part["byte"]?.text?.utf8.first, let count = part["len"]?.integer,
                (0...(16 << 20)).contains(count)
            else { throw Strange(reason: "A part has no byte, or is too long.") }
            let bytes = [UInt8](repeating: byte, count: Int(count))
            md5s.append(Array(Insecure.MD5.hash(data: bytes)))
            for kind in [Checksum.Kind.crc32, .sha256] { sums[kind, default: []].append(Checksum(kind, of: bytes)) }
            whole.add(bytes)
        }
        return [
            "etag": .text(Checksum.entityTag(ofParts: md5s)),
            "sha256_composite": Checksum.composite(of: sums[.sha256] ?? []).map { .text($0.description) },
            "crc32_composite": Checksum.composite(of: sums[.crc32] ?? []).map { .text($0.description) },
            "crc32_full_object": .text(whole.sum.description),
        ]
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static func bytes(hexadecimal text: String) throws -> [UInt8] {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { throw Strange(reason: "The digits are odd in number.") }
        return try stride(from: 0, to: digits.count, by: 2).map { at in
            guard let byte = UInt8(String(decoding: digits[at..<(at + 2)], as: UTF8.self), radix: 16) else {
                throw Strange(reason: "The digits are not hexadecimal.")
            }
            return byte
        }
    }
}
