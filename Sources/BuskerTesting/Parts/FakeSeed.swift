// Choices that look random and follow from a seed.

import BuskerCore
import Crypto

/// Derives every choice from the seed and from what it is for, so that neither order nor number of other choices matters.
struct FakeSeed: Sendable {
    let value: UInt64

    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    private static let hexDigits = Array("0123456789abcdef".utf8)
    private static let capitals = Array("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ".utf8)

    /// The alphabets of ids.
    enum Alphabet {
        case letters
        case hexadecimal
        case capitals
    }

    /// 32 bytes for a purpose.
    func bytes(_ purpose: String) -> [UInt8] {
        Array(SHA256.hash(data: Array("\(value)|\(purpose)".utf8)))
    }

    /// A number for a purpose.
    func number(_ purpose: String) -> UInt64 {
        bytes(purpose).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Whether something with a share of so many in a thousand happens.
    func happens(_ perMille: Int, _ purpose: String) -> Bool {
        perMille > 0 && number(purpose) % 1000 < UInt64(perMille)
    }

    /// A length of time from zero up to a longest one.
    func length(upTo longest: Duration, _ purpose: String) -> Duration {
        let most = longest.microseconds64
        guard most > 0 else { return .zero }
        return .microseconds(Int64(number(purpose) % UInt64(most)))
    }

    /// A text of at most 32 characters.
    func text(_ count: Int, _ purpose: String, _ alphabet: Alphabet = .letters) -> String {
        let letters =
            switch alphabet {
            case .letters: Self.letters
            case .hexadecimal: Self.hexDigits
            case .capitals: Self.capitals
            }
        let chosen = bytes(purpose).prefix(count).map { letters[Int($0) % letters.count] }
        return String(decoding: chosen, as: UTF8.self)
    }

    /// An id in the form of a UUID of version 4.
    func uuid(_ purpose: String) -> String {
        var bytes = Array(bytes(purpose).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        var text: [UInt8] = []
        for (place, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(place) { text.append(UInt8(ascii: "-")) }
            text.append(Self.hexDigits[Int(byte >> 4)])
            text.append(Self.hexDigits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Bytes as hexadecimal digits.
    static func hex(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(2 * bytes.count)
        for byte in bytes {
            text.append(hexDigits[Int(byte >> 4)])
            text.append(hexDigits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The keyed code (HMAC-SHA256) of a message.
    static func code(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }
}
