// The secret in a download link.

import BuskerCore
import Crypto

/// The secret in a download link: 32 unpredictable bytes, of which the tables keep only a hash.
public struct DownloadToken: Sendable, Hashable, CustomStringConvertible {
    private let bytes: [UInt8]

    init(_ random: inout some RandomNumberGenerator) {
        bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// Reads a token out of a link; nothing when the text is not exactly one.
    public init?(_ text: String) {
        guard text.utf8.count == 43, let bytes = Base64URL.decode(text), bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// The token as it stands in a link: 43 of `A-Z a-z 0-9 - _`.
    public var text: String { Base64URL.encode(bytes) }

    /// Never the secret.
    public var description: String { "DownloadToken" }

    /// What the tables know of it.
    var hash: [UInt8] { Array(SHA256.hash(data: bytes)) }
}
