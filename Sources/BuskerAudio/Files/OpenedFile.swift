// A source that was recognised, checked against the limits, and opened.

/// Everything that probe and reader share: the store, what its header says, a decoder.
struct OpenedFile {
    let header: FileHeader
    let decoder: any Decoder
    let tags: AudioTags

    /// Recognises and opens a source; every failure is typed.
    init(_ source: AudioSource, limits: AudioLimits) throws(AudioError) {
        let store = try ByteStore.open(source, limits: limits)
        let (container, start) = try Sniff.container(of: store)
        if container == .mpeg {
            self = try Self(mpeg: store, start: start, limits: limits)
            return
        }
        var header: FileHeader
        switch container {
        case .aiff: header = try AiffHeader.read(store, limits: limits)
        case .caf: header = try CafHeader.read(store, limits: limits)
        case .flac: header = try FlacHeader.read(store, start: start, limits: limits)
        case .ogg: header = try OggHeader.read(store, limits: limits)
        default: header = try RiffHeader.read(store, container, limits: limits)
        }
        if let declared = header.declaredFrames {
            try limits.check(declaredFrames: declared, sampleRate: header.format.sampleRate)
        }
        let decoder = try SndfileDecoder(DecoderInput(store, header), header, limits: limits)
        header.format = decoder.format
        if container == .ogg { header.declaredFrames = header.isTruncated ? nil : decoder.announcedFrames }
        var tags = AudioTags()
        for key in AudioTags.Key.allCases { tags[key] = decoder.tag(key) }
        self = Self(header: header, decoder: decoder, tags: tags)
    }

    private init(header: FileHeader, decoder: any Decoder, tags: AudioTags) {
        (self.header, self.decoder, self.tags) = (header, decoder, tags)
    }

    private init(mpeg store: ByteStore, start: Int, limits: AudioLimits) throws(AudioError) {
        let walk = try MPEGWalk(store, from: start)
        try limits.check(sampleRate: walk.first.sampleRate, channels: walk.first.channels)
        try limits.check(declaredFrames: walk.samples, sampleRate: walk.first.sampleRate)
        let encoding: AudioEncoding = [1: .mp1, 2: .mp2][walk.first.layer] ?? .mp3
        let header = FileHeader(
            format: AudioFormat(
                container: .mpeg, encoding: encoding, sampleRate: walk.first.sampleRate, channels: walk.first.channels),
            declaredFrames: walk.announced,
            isTruncated: walk.endsInsideFrame || walk.announced > walk.samples + walk.first.samples,
            start: walk.keepsInformation ? walk.start : walk.firstAudio, strayBytes: walk.strayBytes)
        let decoder = try MPEGDecoder(DecoderInput(store, header), walk)
        self = Self(header: header, decoder: decoder, tags: ID3Tags.read(store))
    }
}
