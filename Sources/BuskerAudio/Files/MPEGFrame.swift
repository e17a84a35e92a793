// The four bytes in front of every frame of MPEG audio.

/// What a frame header of MPEG audio says (ISO 11172-3, ISO 13818-3 and the unofficial 2.5).
struct MPEGFrame: Equatable {
    /// 1 for MPEG-1, 2 for MPEG-2, 3 for MPEG-2.5.
    var version: Int
    /// 1...3.
    var layer: Int
    /// Bits per second; 0 is free format.
    var bitRate: Int
    var sampleRate: Int
    var channels: Int
    var hasChecksum: Bool
    /// Bytes of the whole frame; 0 in free format.
    var length: Int

    /// Frames of sound (samples per channel) in this frame.
    var samples: Int {
        switch layer {
        case 1: 384
        case 2: 1152
        default: version == 1 ? 1152 : 576
        }
    }

    /// Bytes of side information behind the header, layer III.
    var sideInformation: Int {
        version == 1 ? (channels == 1 ? 17 : 32) : (channels == 1 ? 9 : 17)
    }

    /// Reads a header; nil where there is none.
    init?(_ bytes: HeaderBytes, at offset: Int) {
        guard bytes.count >= offset + 4, bytes[offset] == 0xFF, bytes[offset + 1] & 0xE0 == 0xE0 else { return nil }
        let word = bytes.big32(offset)
        guard let version = [3, nil, 2, 1][word >> 19 & 3], let layer = [nil, 3, 2, 1][word >> 17 & 3] else {
            return nil
        }
        let (rateIndex, bitIndex) = (word >> 10 & 3, word >> 12 & 15)
        guard rateIndex != 3, bitIndex != 15, word & 3 != 2 else { return nil }
        self.version = version
        self.layer = layer
        hasChecksum = word >> 16 & 1 == 0
        channels = word >> 6 & 3 == 3 ? 1 : 2
        sampleRate = [44100, 48000, 32000][rateIndex] >> (version - 1)
        bitRate = 1000 * Self.bitRates(version: version, layer: layer)[bitIndex]
        let padding = word >> 9 & 1
        length =
            if bitRate == 0 {
                0
            } else if layer == 1 {
                (12 * bitRate / sampleRate + padding) * 4
            } else if layer == 3, version > 1 {
                72 * bitRate / sampleRate + padding
            } else {
                144 * bitRate / sampleRate + padding
            }
    }

    /// Whether another frame can belong to the same stream.
    func continues(_ other: MPEGFrame) -> Bool {
        version == other.version && layer == other.layer && sampleRate == other.sampleRate
    }

    private static func bitRates(version: Int, layer: Int) -> [Int] {
        switch (version, layer) {
        case (1, 1): [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448]
        case (1, 2): [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384]
        case (1, _): [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
        case (_, 1): [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256]
        default: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
        }
    }
}

/// The information frame that encoders put first: Xing or Info (with LAME's delays), or VBRI.
struct MPEGInformation: Equatable {
    /// Audio frames that follow, where the encoder said so.
    var frames: Int?
    /// Frames of silence the encoder put before the sound.
    var delay = 0
    /// Frames of silence the encoder put behind the sound.
    var padding = 0

    /// Reads the frame that begins at byte 0; nil where it is an ordinary frame.
    init?(_ bytes: HeaderBytes, _ frame: MPEGFrame) {
        guard frame.layer == 3 else { return nil }
        if bytes.has("VBRI", at: 36) {
            frames = bytes.big32(36 + 14)
            return
        }
        let start = 4 + frame.sideInformation
        guard bytes.has("Xing", at: start) || bytes.has("Info", at: start) else { return nil }
        let flags = bytes.big32(start + 4)
        var offset = start + 8
        if flags & 1 != 0 {
            frames = bytes.big32(offset)
            offset += 4
        }
        if flags & 2 != 0 { offset += 4 }
        if flags & 4 != 0 { offset += 100 }
        if flags & 8 != 0 { offset += 4 }
        guard bytes.has("LAME", at: offset) || bytes.has("Lavf", at: offset) || bytes.has("Lavc", at: offset) else {
            return
        }
        let packed = Int(bytes.big(offset + 21, 3))
        delay = packed >> 12
        padding = packed & 0xFFF
    }
}
