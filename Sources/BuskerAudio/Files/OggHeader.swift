// Reads the first and last pages of an Ogg file.

/// Ogg with Vorbis or Opus inside.
enum OggHeader {
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
        let walk = OggWalk(store)
        guard walk.streams == 1, walk.serial == serial else {
            throw AudioError(
                .unsupportedFormat,
                "The Ogg file holds several streams: a video, or recordings joined together. Please send the sounds one by one."
            )
        }
        if format.encoding == .vorbis { try VorbisHeaders.check(store) }
        return FileHeader(
            format: format, declaredFrames: nil, isTruncated: !walk.closes || walk.endsInsidePage,
            strayBytes: walk.strayBytes)
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
}

/// The pages of an Ogg file, one by one, by their heads only.
struct OggWalk {
    /// Streams that begin anywhere in the file.
    private(set) var streams = 0
    /// The serial number of the last page.
    private(set) var serial = 0
    /// Whether the last whole page closes its stream.
    private(set) var closes = false
    /// Whether the file ends inside a page.
    private(set) var endsInsidePage = false
    /// Bytes that belong to no page.
    private(set) var strayBytes = 0

    init(_ store: ByteStore) {
        var offset = 0
        while offset < store.count {
            let head = HeaderBytes(store, at: offset, 27 + 255)
            guard head.has("OggS") else {
                let next = Self.nextPage(store, after: offset)
                strayBytes += (next ?? store.count) - offset
                guard let next else { return }
                offset = next
                continue
            }
            let segments = Int(head[26])
            var size = 27 + segments
            for i in 0..<segments { size += Int(head[27 + i]) }
            if head[5] & 2 != 0 { streams += 1 }
            guard head.count >= 27, offset + size <= store.count else {
                endsInsidePage = true
                return
            }
            serial = head.little32(14)
            closes = head[5] & 4 != 0
            offset += size
        }
    }

    private static func nextPage(_ store: ByteStore, after offset: Int) -> Int? {
        var from = offset + 1
        while from < store.count {
            let block = HeaderBytes(store, at: from, 1 << 16)
            for i in 0..<max(0, block.count - 3) where block.bytes[i] == 0x4F && block.has("OggS", at: i) {
                return from + i
            }
            from += max(1, block.count - 3)
        }
        return nil
    }
}
