// Reads the headers of Apple's AIFF and CAF.

/// AIFF and AIFF-C.
enum AiffHeader {
    /// Reads a header; throws where it is damaged, outside the limits, or of an encoding that is not read.
    static func read(_ store: ByteStore, limits: AudioLimits) throws(AudioError) -> FileHeader {
        let isCompressed = HeaderBytes(store, at: 0, 12).has("AIFC", at: 8)
        var masks: [FileHeader.Mask] = []
        var common: (format: AudioFormat, frames: Int)?
        var data: (start: Int, size: Int)?
        var offset = 12
        for _ in 0..<AudioLimits.chunksMax {
            let head = HeaderBytes(store, at: offset, 8)
            guard head.count == 8 else { break }
            let (body, size) = (offset + 8, head.big32(4))
            if head.has("COMM") {
                guard common == nil else { throw FileHeader.damaged("The AIFF header describes the sound twice.") }
                common = try self.common(HeaderBytes(store, at: body, min(size, 64)), isCompressed, limits)
            } else if head.has("SSND") {
                guard data == nil, size >= 8 else { throw FileHeader.damaged("The AIFF header makes no sense.") }
                let skip = HeaderBytes(store, at: body, 4).big32(0)
                guard skip <= size - 8 else { throw FileHeader.damaged("The AIFF header makes no sense.") }
                data = (body + 8 + skip, size - 8 - skip)
            } else if !["NAME", "AUTH", "ANNO", "(c) ", "FVER"].contains(where: { head.bytes.starts(with: $0.utf8) }) {
                masks.append(.init(offset: offset, bytes: Array("JUNK".utf8)))
            }
            guard body + size <= store.count else { break }
            offset = body + size + size % 2
        }
        guard let common else { throw FileHeader.damaged("The AIFF header does not say how the sound is stored.") }
        guard common.frames > 0 else { throw FileHeader.noSound }
        guard let data else { throw FileHeader.damaged("The AIFF file ends before the sound begins.") }
        let frameBytes = common.format.channels * (((common.format.bitsPerSample ?? 8) + 7) / 8)
        guard data.size / frameBytes >= common.frames else {
            throw FileHeader.damaged("The AIFF header contradicts itself about the length of the sound.")
        }
        let available = max(0, store.count - data.start)
        guard available >= frameBytes else { throw FileHeader.damaged("The file ends where the sound should begin.") }
        return FileHeader(
            format: common.format, declaredFrames: common.frames, isTruncated: available / frameBytes < common.frames,
            masks: masks)
    }

    private static func common(
        _ chunk: HeaderBytes, _ isCompressed: Bool, _ limits: AudioLimits
    ) throws(AudioError) -> (AudioFormat, Int) {
        guard chunk.count >= (isCompressed ? 22 : 18) else { throw FileHeader.damaged("The AIFF header is too short.") }
        let (channels, frames, bits) = (chunk.big16(0), chunk.big32(2), chunk.big16(6))
        let rate = extended(chunk)
        try limits.check(sampleRate: rate, channels: channels)
        var encoding = AudioEncoding.integer
        if isCompressed {
            if chunk.has("fl32", at: 18) || chunk.has("FL32", at: 18) || chunk.has("fl64", at: 18)
                || chunk.has("FL64", at: 18)
            {
                encoding = .float
            } else if chunk.has("alaw", at: 18) || chunk.has("ALAW", at: 18) {
                encoding = .aLaw
            } else if chunk.has("ulaw", at: 18) || chunk.has("ULAW", at: 18) {
                encoding = .muLaw
            } else if !chunk.has("NONE", at: 18), !chunk.has("sowt", at: 18), !chunk.has("twos", at: 18) {
                throw AudioError(
                    .unsupportedEncoding,
                    "The sound in this AIFF file is compressed. Please export it as plain AIFF or WAV.")
            }
        }
        let stored =
            switch encoding {
            case .aLaw, .muLaw: 8
            case .float: chunk.bytes[20] == 0x36 ? 64 : 32
            default: bits
            }
        guard encoding != .integer || [8, 16, 24, 32].contains(bits) else {
            throw AudioError(
                .unsupportedEncoding,
                "The AIFF file has \(bits) bits a sample, which is not read. Please export it with 16 or 24.")
        }
        return (
            AudioFormat(
                container: .aiff, encoding: encoding, sampleRate: rate, channels: channels, bitsPerSample: stored),
            frames
        )
    }

    /// The sample rate from an 80-bit float, whole and positive, or 0.
    private static func extended(_ chunk: HeaderBytes) -> Int {
        let exponent = Int(chunk.big16(8)) - 16383
        guard (0...40).contains(exponent) else { return 0 }
        return Int(chunk.big(10, 8) >> UInt64(63 - exponent))
    }
}

/// Core Audio Format.
enum CafHeader {
    /// Reads a header; throws where it is damaged, outside the limits, or of an encoding that is not read.
    static func read(_ store: ByteStore, limits: AudioLimits) throws(AudioError) -> FileHeader {
        let head = HeaderBytes(store, at: 0, 52)
        guard head.count == 52, head.big16(4) == 1, head.has("desc", at: 8), head.big(12, 8) == 32 else {
            throw FileHeader.damaged("The CAF header is cut or damaged.")
        }
        let (format, frameBytes) = try description(head, limits)
        var masks: [FileHeader.Mask] = []
        var data: (start: Int, size: Int?)?
        var offset = 52
        for _ in 0..<AudioLimits.chunksMax {
            let chunk = HeaderBytes(store, at: offset, 12)
            guard chunk.count == 12 else { break }
            let (body, size) = (offset + 12, Int(Int64(bitPattern: chunk.big(4, 8))))
            if chunk.has("data") {
                guard data == nil, size == -1 || size >= 4 else {
                    throw FileHeader.damaged("The CAF header makes no sense.")
                }
                data = (body + 4, size == -1 ? nil : size - 4)
            } else if !chunk.has("info") {
                masks.append(.init(offset: offset, bytes: Array("free".utf8)))
            }
            let (next, overflow) = body.addingReportingOverflow(size)
            guard size >= 0, !overflow, next <= store.count else { break }
            offset = next
        }
        guard let data else { throw FileHeader.damaged("The CAF file ends before the sound begins.") }
        let available = max(0, store.count - data.start)
        let declared = data.size.map { $0 / max(1, frameBytes) }
        guard declared != 0, available > 0 else { throw FileHeader.noSound }
        return FileHeader(
            format: format, declaredFrames: declared, isTruncated: (data.size ?? 0) > available, masks: masks)
    }

    private static func description(
        _ head: HeaderBytes, _ limits: AudioLimits
    ) throws(AudioError) -> (AudioFormat, frameBytes: Int) {
        let rate = Double(bitPattern: head.big(20, 8))
        let (flags, packetBytes) = (head.big32(32), head.big32(36))
        let (packetFrames, channels, bits) = (head.big32(40), head.big32(44), head.big32(48))
        let wholeRate = rate.isFinite && rate >= 0 && rate < 1e9 ? Int(rate) : 0
        try limits.check(sampleRate: wholeRate, channels: channels)
        var format = AudioFormat(
            container: .caf, encoding: .integer, sampleRate: wholeRate, channels: channels, bitsPerSample: bits)
        if head.has("lpcm", at: 28) {
            if flags & 1 != 0 { format.encoding = .float }
            guard (flags & 1 != 0 ? [32, 64] : [8, 16, 24, 32]).contains(bits) else { throw unsupported }
        } else if head.has("alaw", at: 28) || head.has("ulaw", at: 28) {
            format.encoding = head.has("alaw", at: 28) ? .aLaw : .muLaw
            format.bitsPerSample = 8
        } else if head.has("alac", at: 28) {
            // libsndfile prints to standard output while it reads such a file.
            throw AudioError(
                .unsupportedEncoding,
                "The CAF file holds Apple Lossless, which is not read. Please convert it to FLAC or WAV.")
        } else {
            throw unsupported
        }
        guard packetFrames == 1, packetBytes == channels * (format.bitsPerSample ?? 8) / 8 else {
            throw FileHeader.damaged("The CAF header contradicts itself about the size of a sample.")
        }
        return (format, packetBytes)
    }

    private static let unsupported = AudioError(
        .unsupportedEncoding, "The sound in this CAF file is stored in a way that is not read. Please export it as WAV."
    )
}
