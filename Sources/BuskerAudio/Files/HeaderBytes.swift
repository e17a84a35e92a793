// Numbers and names inside header bytes, never out of bounds.

/// A short run of bytes from a header; what is asked beyond its end reads as zero.
struct HeaderBytes {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads up to `length` bytes of a store.
    init(_ store: ByteStore, at offset: Int, _ length: Int) { bytes = store.bytes(at: offset, length) }

    var count: Int { bytes.count }

    subscript(_ index: Int) -> UInt8 { index >= 0 && index < bytes.count ? bytes[index] : 0 }

    /// Whether these ASCII letters stand at an offset.
    func has(_ text: StaticString, at offset: Int = 0) -> Bool {
        let length = text.utf8CodeUnitCount
        guard offset >= 0, bytes.count >= offset + length else { return false }
        return text.withUTF8Buffer { letters in
            for i in 0..<length where unsafe letters[i] != bytes[offset + i] { return false }
            return true
        }
    }

    /// An unsigned little-endian number of up to 8 bytes.
    func little(_ offset: Int, _ width: Int) -> UInt64 {
        var value: UInt64 = 0
        for i in (0..<width).reversed() { value = value << 8 | UInt64(self[offset + i]) }
        return value
    }

    /// An unsigned big-endian number of up to 8 bytes.
    func big(_ offset: Int, _ width: Int) -> UInt64 {
        var value: UInt64 = 0
        for i in 0..<width { value = value << 8 | UInt64(self[offset + i]) }
        return value
    }

    /// A 16-bit little-endian number as an index.
    func little16(_ offset: Int) -> Int { Int(little(offset, 2)) }
    /// A 32-bit little-endian number as an index.
    func little32(_ offset: Int) -> Int { Int(little(offset, 4)) }
    /// A 16-bit big-endian number as an index.
    func big16(_ offset: Int) -> Int { Int(big(offset, 2)) }
    /// A 32-bit big-endian number as an index.
    func big32(_ offset: Int) -> Int { Int(big(offset, 4)) }
}

/// What a header says, read by our own code before any library sees the file.
struct FileHeader {
    var format: AudioFormat
    /// Frames the header announces; `nil` where it does not say (a stream that was never closed).
    var declaredFrames: Int?
    /// Whether bytes that the header announces are not there.
    var isTruncated = false
    /// Where the part of the file begins that a decoder is given.
    var start = 0
    /// Chunk names that a decoder sees changed, by offset in the file; see ``DecoderInput``.
    var masks: [Mask] = []

    /// Bytes between the frames or pages of a stream that belong to none.
    var strayBytes = 0

    /// Four bytes that a decoder sees in place of what the file holds.
    struct Mask {
        var offset: Int
        var bytes: [UInt8]
    }

    static func damaged(_ what: String) -> AudioError {
        AudioError(
            .damagedHeader, "\(what) The file was probably cut or changed on the way; please export or send it again.")
    }

    static let noSound = AudioError(
        .noSound, "The header of the file says that it holds no sound. The recording or export probably did not finish."
    )
}
