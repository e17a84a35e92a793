// Reads the first and last pages of an Ogg file.

/// Ogg with Vorbis or Opus inside.
enum OggHeader {
    /// No page is longer: 27 bytes, 255 lengths, 255 segments of 255 bytes.
    private static let pageMax = 27 + 255 + 255 * 255

    /// Reads a header; throws where it is damaged, outside the limits, or of an encoding that is not read.
    static func read(_ store: ByteStore, limits: AudioLimits) throws(AudioError) -> FileHeader {
        let page = HeaderBytes(store, at: 0, 27 + 255 + 64)
        guard page.count >= 58, page[4] == 0, page[5] & 2 != 0 else {
            throw FileHeader.damaged("The Ogg file does not begin with its first page.")
        }
        let packet = HeaderBytes(Array(page.bytes.dropFirst(27 + Int(page[26]))))
        let serial = page.little32(14)
        let format = try format(packet)
        try limits.check(sampleRate: format.sampleRate, channels: format.channels)
        try refuseSecondStream(store, page)
        let end = lastPage(store)
        guard end?.serial ?? serial == serial else {
            throw AudioError(
                .unsupportedFormat, "The Ogg file is several recordings one after another. Please send them one by one."
            )
        }
        return FileHeader(format: format, declaredFrames: nil, isTruncated: !(end?.closes ?? false))
    }

    private static func format(_ packet: HeaderBytes) throws(AudioError) -> AudioFormat {
        if packet.has("\u{1}vorbis") {
            return AudioFormat(
                container: .ogg, encoding: .vorbis, sampleRate: packet.little32(12), channels: Int(packet[11]))
        }
        if packet.has("OpusHead") {
            let wanted = packet.little32(12)
            let rate = [8000, 12000, 16000, 24000, 48000].contains(wanted) ? wanted : 48000
            return AudioFormat(container: .ogg, encoding: .opus, sampleRate: rate, channels: Int(packet[9]))
        }
        let name =
            if packet.has("Speex   ") {
                "Speex voice"
            } else if packet.has("FLAC", at: 1) {
                "FLAC inside Ogg"
            } else if packet.has("theora", at: 1) || packet.has("fishead") {
                "video"
            } else {
                "something unknown"
            }
        throw AudioError(
            .unsupportedEncoding,
            "The Ogg file holds \(name), which is not read. Please convert it to Ogg Vorbis, FLAC or MP3.")
    }

    /// Two streams that begin side by side are a video or a mix that nobody can order.
    private static func refuseSecondStream(_ store: ByteStore, _ page: HeaderBytes) throws(AudioError) {
        let segments = Int(page[26])
        var size = 27 + segments
        for i in 0..<segments { size += Int(page[27 + i]) }
        let next = HeaderBytes(store, at: size, 27)
        if next.has("OggS"), next[5] & 2 != 0 {
            throw AudioError(
                .unsupportedFormat, "The Ogg file holds several streams side by side. Please extract the sound first.")
        }
    }

    /// The serial number of the last whole page, and whether it closes the stream and the file.
    private static func lastPage(_ store: ByteStore) -> (serial: Int, closes: Bool)? {
        let from = max(0, store.count - 2 * pageMax)
        let tail = HeaderBytes(store, at: from, 2 * pageMax)
        var offset = tail.count - 27
        while offset >= 0 {
            if tail[offset] == 0x4F, tail.has("OggS", at: offset) {
                let segments = Int(tail[offset + 26])
                var end = offset + 27 + segments
                for i in 0..<segments { end += Int(tail[offset + 27 + i]) }
                if end <= tail.count { return (tail.little32(offset + 14), tail[offset + 5] & 4 != 0) }
            }
            offset -= 1
        }
        return nil
    }
}
