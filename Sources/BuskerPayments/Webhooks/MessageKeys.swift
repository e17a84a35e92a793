// Keyed message codes and their comparison in constant time.

import BuskerCore
import Crypto

/// The HMAC-SHA256 keys of one verifier, prepared once.
struct MessageKeys: Sendable {
    /// Bytes of a code.
    static let codeBytes = 32

    private let keys: [HMAC<SHA256>]
    /// What a mismatch should say besides.
    private let hint: String

    init(_ keys: [[UInt8]], hint: String) {
        self.keys = keys.map { HMAC<SHA256>(key: SymmetricKey(data: $0)) }
        self.hint = hint
    }

    /// Refuses a message unless one of the candidates is its code under one of the keys.
    ///
    /// Every candidate is compared with every code to the last byte, so that the time tells nothing about where they differ.
    func check(_ prefix: [UInt8], _ body: [UInt8], candidates: [[UInt8]]) throws(WebhookError) {
        var found: UInt8 = 0
        for key in keys {
            var message = key
            message.update(data: prefix)
            message.update(data: body)
            let code = Array(message.finalize())
            for candidate in candidates where candidate.count == code.count {
                found |= Self.areEqual(code, candidate)
            }
        }
        guard found == 1 else {
            throw WebhookError(
                .signatureMismatch,
                "No signature fits the body; check the secret and that the body is the raw one.\(hint)")
        }
    }

    /// 1 when two lists of equal length are equal, else 0.
    static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> UInt8 {
        var difference: UInt8 = 0
        for at in a.indices { difference |= a[at] ^ b[at] }
        return UInt8(truncatingIfNeeded: (UInt16(difference) &- 1) >> 8) & 1
    }
}
