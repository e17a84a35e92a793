// Reads the chunks of WAV, RF64 and W64 headers.

/// The walk over RIFF-like chunks up to the audio data.
struct RiffHeader {
    private let store: ByteStore
    private let container: AudioContainer
    private let limits: AudioLimits
    private var masks: [FileHeader.Mask] = []
    private var layout: Layout?
    private var longDataSize: Int?

    private struct Layout {
        var encoding: AudioEncoding
        var channels: Int
        var sampleRate: Int
        var bits: Int
        var frameBytes: Int
    }

    /// Reads a header; throws where it is damaged, outside the limits, or of an encoding that is not read.
    static func read(_ store: ByteStore, _ container: AudioContainer, limits: AudioLimits) throws(AudioError)
        -> FileHeader
    {
        var header = RiffHeader(store: store, container: container, limits: limits)
        return try header.walk()
    }

    private init(store: ByteStore, container: AudioContainer, limits: AudioLimits) {
        self.store = store
        self.container = container
        self.limits = limits
    }

    private mutating func walk() throws(AudioError) -> FileHeader {
        let wide = container == .w64
        let headBytes = wide ? 24 : 8
        var offset = wide ? 40 : 12
        for _ in 0..<AudioLimits.chunksMax {
            let head = HeaderBytes(store, at: offset, headBytes)
            guard head.count == headBytes else { break }
            var size: Int
            if wide {
                guard let whole = Int(exactly: head.little(16, 8)), whole >= 24 else {
                    throw FileHeader.damaged("A chunk of the W64 header has an impossible size.")
                }
                size = whole - 24
            } else {
                size = head.little32(4)
            }
            let body = offset + headBytes
            if isData(head) { return try finish(dataAt: body, size: size) }
            if head.has("fmt ") {
                layout = try format(HeaderBytes(store, at: body, min(size, 40)))
            } else if head.has("ds64") {
                longDataSize = Int(exactly: HeaderBytes(store, at: body, 28).little(8, 8))
                guard container == .rf64, longDataSize != nil else {
                    throw FileHeader.damaged("The 64-bit sizes of the WAV header make no sense.")
                }
            } else {
                mask(head, at: offset)
            }
            let unit = wide ? 8 : 2
            let (next, overflow) = body.addingReportingOverflow(size)
            guard !overflow, next <= store.count else { break }
            offset = (next + unit - 1) / unit * unit
        }
        throw FileHeader.damaged("The WAV header ends before the sound begins.")
    }

    private func isData(_ head: HeaderBytes) -> Bool { head.has("data") }

    /// Hides a chunk that is not needed from the decoder, so that its parser for it is out of reach.
    private mutating func mask(_ head: HeaderBytes, at offset: Int) {
        let keep = head.has("LIST") || head.has("fact") || head.has("JUNK") || head.has("list")
        if !keep { masks.append(.init(offset: offset, bytes: Array("JUNK".utf8))) }
    }

    private func format(_ chunk: HeaderBytes) throws(AudioError) -> Layout {
        guard chunk.count >= 16 else { throw FileHeader.damaged("The WAV header is too short.") }
        var tag = chunk.little16(0)
        let (channels, rate, frameBytes) = (chunk.little16(2), chunk.little32(4), chunk.little16(12))
        let bits = chunk.little16(14)
        if tag == 0xFFFE, chunk.count >= 26 { tag = chunk.little16(24) }
        try limits.check(sampleRate: rate, channels: channels)
        let encoding = try Self.encoding(tag: tag, bits: bits)
        let width = (bits + 7) / 8
        guard frameBytes == channels * width else {
            throw FileHeader.damaged("The WAV header contradicts itself about the size of a sample.")
        }
        return Layout(encoding: encoding, channels: channels, sampleRate: rate, bits: bits, frameBytes: frameBytes)
    }

    private static func encoding(tag: Int, bits: Int) throws(AudioError) -> AudioEncoding {
        switch (tag, bits) {
        case (1, 8), (1, 16), (1, 24), (1, 32): return .integer
        case (3, 32), (3, 64): return .float
        case (6, 8): return .aLaw
        case (7, 8): return .muLaw
        case (1, _), (3, _), (6, _), (7, _):
            throw AudioError(
                .unsupportedEncoding,
                "The WAV file has \(bits) bits a sample, which is not read. Please export it with 16 or 24.")
        default:
            let name =
                switch tag {
                case 2, 0x11: "ADPCM"
                case 0x31: "GSM"
                case 0x50, 0x55: "MP3"
                case 0x160, 0x161, 0x162, 0x163: "WMA"
                case 0xFF, 0x1600, 0x1610: "AAC"
                default: "codec \(tag)"
                }
            throw AudioError(
                .unsupportedEncoding, "The sound in this WAV file is compressed as \(name). Please export it as PCM.")
        }
    }

    private func finish(dataAt body: Int, size: Int) throws(AudioError) -> FileHeader {
        guard let layout else { throw FileHeader.damaged("The WAV header does not say how the sound is stored.") }
        let available = max(0, store.count - body)
        var declared: Int? = size
        if container == .rf64, size == 0xFFFF_FFFF {
            declared = longDataSize
            guard declared != nil else { throw FileHeader.damaged("The 64-bit sizes of the WAV header are missing.") }
        } else if container == .wav, size == 0xFFFF_FFFF || (0x7FFF_F000...0x7FFF_FFFF).contains(size), size > available
        {
            declared = nil
        }
        guard declared != 0, available >= layout.frameBytes else {
            if declared != 0 { throw FileHeader.damaged("The file ends where the sound should begin.") }
            throw FileHeader.noSound
        }
        let frames = declared.map { $0 / layout.frameBytes }
        guard frames != 0 else { throw FileHeader.noSound }
        let format = AudioFormat(
            container: container, encoding: layout.encoding, sampleRate: layout.sampleRate, channels: layout.channels,
            bitsPerSample: layout.bits)
        return FileHeader(
            format: format, declaredFrames: frames, isTruncated: (declared ?? 0) > available, masks: masks)
    }
}
