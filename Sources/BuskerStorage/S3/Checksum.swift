// Sums by which a store proves what arrived.

import BuskerCore
import Crypto

/// A sum over the bytes of an object, as S3 writes it: base 64, the highest byte first.
public struct Checksum: Sendable, Hashable, CustomStringConvertible {
    /// The kinds of sums.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// CRC-32 of zlib.
        case crc32
        /// CRC-32C (Castagnoli).
        case crc32c
        /// CRC-64 of NVM Express, which S3 adds when no sum was sent.
        case crc64nvme
        /// SHA-1, which finds accidents but no attacks.
        case sha1
        /// SHA-256.
        case sha256

        /// The header that carries the sum.
        public var header: String { "x-amz-checksum-\(rawValue)" }

        /// The number of bytes of a sum.
        var byteCount: Int {
            switch self {
            case .crc32, .crc32c: 4
            case .crc64nvme: 8
            case .sha1: 20
            case .sha256: 32
            }
        }
    }

    /// The kind.
    public let kind: Kind
    /// The sum itself.
    public let bytes: [UInt8]
    /// The number of parts of which it is the sum of sums; nothing for a sum over the bytes.
    public let parts: Int?

    /// The sum over bytes that are at hand.
    public init(_ kind: Kind, of bytes: [UInt8]) {
        var summing = Summing(kind)
        summing.add(bytes)
        self = summing.sum
    }

    init(_ kind: Kind, bytes: [UInt8], parts: Int? = nil) {
        self.kind = kind
        self.bytes = bytes
        self.parts = parts
    }

    /// The sum of the sums of parts, as S3 makes it of an upload in parts; nothing without parts or with unlike kinds.
    public static func composite(of parts: [Checksum]) -> Checksum? {
        guard let kind = parts.first?.kind, parts.allSatisfy({ $0.kind == kind && $0.parts == nil }) else { return nil }
        return Checksum(kind, bytes: Checksum(kind, of: parts.flatMap(\.bytes)).bytes, parts: parts.count)
    }

    /// Reads what a header or an answer says; nothing when it is not a sum of that kind.
    public init?(_ kind: Kind, text: String) {
        let pieces = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = pieces.first, let bytes = Base64.decode(Array(first.utf8)[...]), bytes.count == kind.byteCount
        else { return nil }
        if pieces.count == 2 {
            guard let parts = Int(pieces[1]), (1...10_000).contains(parts) else { return nil }
            self.init(kind, bytes: bytes, parts: parts)
        } else {
            self.init(kind, bytes: bytes)
        }
    }

    /// The sum in base 64, with `-` and the number of parts when it is made of theirs.
    public var description: String { Base64.encode(bytes) + (parts.map { "-\($0)" } ?? "") }

    /// A sum in the making, over bytes that come in pieces.
    public struct Summing: Sendable {
        private enum State: Sendable {
            case crc(UInt32)
            case crc64(UInt64)
            case sha1(Insecure.SHA1)
            case sha256(SHA256)
        }

        private let kind: Kind
        private var state: State

        /// Begins with no bytes.
        public init(_ kind: Kind) {
            self.kind = kind
            switch kind {
            case .crc32, .crc32c: state = .crc(.max)
            case .crc64nvme: state = .crc64(.max)
            case .sha1: state = .sha1(Insecure.SHA1())
            case .sha256: state = .sha256(SHA256())
            }
        }

        /// Adds bytes.
        public mutating func add(_ bytes: [UInt8]) {
            switch state {
            case .crc(let value): state = .crc((kind == .crc32 ? CRC.zlib : CRC.castagnoli).adding(bytes, to: value))
            case .crc64(let value): state = .crc64(CRC64.nvme.adding(bytes, to: value))
            case .sha1(var hash):
                hash.update(data: bytes)
                state = .sha1(hash)
            case .sha256(var hash):
                hash.update(data: bytes)
                state = .sha256(hash)
            }
        }

        /// The sum so far.
        public var sum: Checksum {
            switch state {
            case .crc(let value): return Checksum(kind, bytes: Self.bytes(~value))
            case .crc64(let value): return Checksum(kind, bytes: Self.bytes(~value))
            case .sha1(let hash): return Checksum(kind, bytes: Array(hash.finalize()))
            case .sha256(let hash): return Checksum(kind, bytes: Array(hash.finalize()))
            }
        }

        /// The bytes of a number, the highest first.
        private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
            stride(from: Number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
        }
    }
}

extension Checksum {
    /// The entity tag that S3 gives to an object of several parts: the MD5 of their MD5s, and their number.
    ///
    /// It proves nothing about the content as a whole; never compare it with a hash of the object.
    public static func entityTag(ofParts md5s: [[UInt8]]) -> String {
        "\(Hexadecimal.text(Insecure.MD5.hash(data: md5s.flatMap(\.self))))-\(md5s.count)"
    }

    /// The value of `Content-MD5`.
    public static func contentMD5(of bytes: [UInt8]) -> String {
        Base64.encode(Array(Insecure.MD5.hash(data: bytes)))
    }
}
