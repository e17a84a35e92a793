// Signs a body piece by piece, while it is sent.

public import BuskerCore
import Crypto

/// Frames and signs the chunks of a body whose request was signed with ``PayloadHash/signedChunks`` or
/// ``PayloadHash/signedChunksAndTrailer``.
///
/// The request needs `content-encoding: aws-chunked` and `x-amz-decoded-content-length`, signed with it; one with a trailer needs
/// `x-amz-trailer` too. Every chunk but the last has at least 8 KiB; S3 refuses smaller ones.
public struct ChunkSigner: Sendable {
    private let signer: SigV4Signer
    private let moment: SigV4Moment
    /// The signature of what was sent last, in lower-case hexadecimal digits.
    public private(set) var signature: String

    /// Begins after a request.
    ///
    /// - Parameters:
    ///   - signer: who signs.
    ///   - seed: the signature of the request.
    ///   - time: the time with which the request was signed.
    /// - Throws: ``StorageError`` with `badRequest` when the year has not four digits.
    public init(signer: SigV4Signer, seed: SigV4Signature, at time: Timestamp) throws(StorageError) {
        self.signer = signer
        moment = try SigV4Moment(time)
        signature = seed.hexadecimal
    }

    /// What to send before the bytes of a chunk; after them comes `\r\n`.
    public mutating func head(of chunk: [UInt8]) -> [UInt8] {
        sign(
            "PAYLOAD",
            "\(Hexadecimal.text(SHA256.hash(data: [UInt8]())))\n\(Hexadecimal.text(SHA256.hash(data: chunk)))")
        return Array("\(String(chunk.count, radix: 16));chunk-signature=\(signature)\r\n".utf8)
    }

    /// A chunk as it is sent.
    public mutating func frame(_ chunk: [UInt8]) -> [UInt8] { head(of: chunk) + chunk + Array("\r\n".utf8) }

    /// The empty chunk that ends a body without a trailer.
    public mutating func end() -> [UInt8] { frame([]) }

    /// The empty chunk that ends a body, and signed headers after it, such as a checksum.
    ///
    /// - Parameter trailer: names in lower case and values, in the order of `x-amz-trailer`.
    public mutating func end(trailer: [(name: String, value: String)]) -> [UInt8] {
        var bytes = head(of: [])
        let signed = trailer.map { "\($0.name):\($0.value)\n" }.joined()
        sign("TRAILER", Hexadecimal.text(SHA256.hash(data: Array(signed.utf8))))
        for line in trailer { bytes += "\(line.name):\(line.value)\r\n".utf8 }
        bytes += "x-amz-trailer-signature:\(signature)\r\n\r\n".utf8
        return bytes
    }

    /// The bytes on the wire of a body of `length` bytes in chunks of `chunk` bytes, without a trailer; for `Content-Length`.
    ///
    /// - Returns: nothing when a number is negative, the chunk is empty, or the sum has more than 64 bits.
    public static func wireLength(of length: Int64, chunk: Int64) -> Int64? {
        guard length >= 0, chunk > 0 else { return nil }
        let overhead: (Int64) -> Int64 = { Int64(String($0, radix: 16).utf8.count) + 17 + 64 + 4 }
        let (whole, rest) = length.quotientAndRemainder(dividingBy: chunk)
        let (framed, isTooMuch) = whole.multipliedReportingOverflow(by: overhead(chunk))
        let (sum, isOver) = length.addingReportingOverflow(framed)
        guard !isTooMuch, !isOver else { return nil }
        let (total, isFull) = sum.addingReportingOverflow((rest > 0 ? overhead(rest) : 0) + overhead(0))
        return isFull ? nil : total
    }

    private mutating func sign(_ kind: String, _ hashes: String) {
        let text =
            "\(SigV4Signer.algorithm)-\(kind)\n\(moment.text)\n\(signer.scope(of: moment))\n\(signature)\n\(hashes)"
        signature = Hexadecimal.text(signer.code(of: text.utf8, moment: moment))
    }
}
