// Says what a file is, how long it is, and what is wrong with it.

/// What can be said about a file: by its header, or after decoding all of it.
public struct AudioProbe: Sendable, Hashable {
    /// How closely a file is looked at.
    public enum Depth: Sendable, Hashable {
        /// Headers only (for MP3 every frame header): a few milliseconds. The length is what the file claims.
        case header
        /// The whole file is decoded, in constant memory: the length is true, and so are peak and clipping.
        case exact
    }

    /// What kind of file it is.
    public var format: AudioFormat
    /// Title, artist and other words.
    public var tags: AudioTags
    /// The frames that the header announces (MP3: that were counted); `nil` where it does not say.
    public var declaredFrames: Int?
    /// The frames that were decoded; `nil` after a look at the header only.
    public var decodedFrames: Int?
    /// Whether the file ends before the length it announces, or lacks its last part.
    ///
    /// After a look at the header only, a FLAC that was cut still looks whole.
    public var isTruncated: Bool
    /// Peak, clipping and repaired samples; `nil` after a look at the header only.
    public var levels: AudioLevels?
    /// Bytes in an MP3 or Ogg file that belong to no frame, page or tag; more than 0 means damage.
    public var strayBytes: Int
    /// What the file's name makes believe, where that is not what it is.
    public var misleadingExtension: String?

    /// The length in seconds: decoded where that was done, announced otherwise; `nil` where nothing is known.
    public var seconds: Double? {
        (decodedFrames ?? declaredFrames).map { Double($0) / Double(format.sampleRate) }
    }

    /// Looks at a source; throws a typed error that says what is wrong with the file.
    public static func probe(
        _ source: AudioSource, depth: Depth = .header, limits: AudioLimits = .standard
    ) throws(AudioError) -> AudioProbe {
        let opened = try OpenedFile(source, limits: limits)
        var probe = AudioProbe(
            format: opened.header.format, tags: opened.tags, declaredFrames: opened.header.declaredFrames,
            isTruncated: opened.header.isTruncated, strayBytes: opened.header.strayBytes,
            misleadingExtension: misleading(source, opened.header.format))
        guard depth == .exact else { return probe }
        var reader = try AudioReader(opened, limits: limits)
        var block = [Float](repeating: 0, count: AudioLimits.blockFrames * probe.format.channels)
        while !reader.isAtEnd {
            var span = block.mutableSpan
            _ = try reader.read(into: &span)
            guard !Task.isCancelled else { throw AudioError(.cancelled, "Looking at the file was cancelled.") }
        }
        guard reader.position > 0 else {
            throw AudioError(
                .damagedAudio, "Not one sample of the file can be decoded. Please export or send it again.")
        }
        probe.decodedFrames = reader.position
        probe.isTruncated = reader.isTruncated
        probe.levels = reader.levels
        return probe
    }

    private static func misleading(_ source: AudioSource, _ format: AudioFormat) -> String? {
        guard let name = source.nameExtension, !format.container.extensions.contains(name) else { return nil }
        return name
    }
}
