// Reads the STREAMINFO of a FLAC file.

/// The first metadata block of FLAC, which says rate, channels, bits and length.
enum FlacHeader {
    /// Reads a header that begins at `start` (behind an ID3 tag, where there is one).
    static func read(_ store: ByteStore, start: Int, limits: AudioLimits) throws(AudioError) -> FileHeader {
        let head = HeaderBytes(store, at: start, 42)
        guard head.count == 42, head[4] & 0x7F == 0, head.big(5, 3) == 34 else {
            throw FileHeader.damaged("The FLAC header is cut or damaged.")
        }
        let packed = head.big(18, 8)
        let rate = Int(packed >> 44)
        let channels = Int(packed >> 41 & 7) + 1
        let bits = Int(packed >> 36 & 31) + 1
        let total = Int(packed & 0xF_FFFF_FFFF)
        try limits.check(sampleRate: rate, channels: channels)
        guard [8, 16, 24].contains(bits) else {
            throw AudioError(
                .unsupportedEncoding,
                "The FLAC file has \(bits) bits a sample, which is not read. Please export it with 16 or 24.")
        }
        let blocks = (Int(head.big(8, 2)), Int(head.big(10, 2)))
        guard blocks.0 >= 16, blocks.1 >= blocks.0 else {
            throw FileHeader.damaged("The FLAC header contradicts itself about block sizes.")
        }
        try skipMetadata(store, start: start)
        let format = AudioFormat(
            container: .flac, encoding: .flac, sampleRate: rate, channels: channels, bitsPerSample: bits)
        return FileHeader(format: format, declaredFrames: total == 0 ? nil : total, start: start)
    }

    /// Walks the metadata blocks, so that a file cut inside a picture is named as what it is.
    private static func skipMetadata(_ store: ByteStore, start: Int) throws(AudioError) {
        var offset = start + 4
        for _ in 0..<AudioLimits.chunksMax {
            let head = HeaderBytes(store, at: offset, 4)
            guard head.count == 4 else { break }
            offset += 4 + Int(head.big(1, 3))
            if head[0] & 0x80 != 0 {
                guard offset < store.count else { break }
                return
            }
        }
        throw FileHeader.damaged("The FLAC file ends inside its header, before the sound begins.")
    }
}
