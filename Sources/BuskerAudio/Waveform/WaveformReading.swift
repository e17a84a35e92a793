// The waveform of a file, from one pass over it.

extension Waveform {
    /// Frames decoded at a time: enough to keep calls rare, little enough for the second cache.
    private static let blockFrames = 8192

    /// Computes the waveform of a file in one pass, in memory that grows with the points only.
    ///
    /// Whole-number files (PCM, FLAC) are read as 16 bits and give audiowaveform's bytes; everything else is read as
    /// floats, so that nothing wraps around. Stops with `cancelled` when the surrounding task is cancelled. Throws what
    /// opening and reading throw, and `badArgument` for options outside their range or a part beyond the end.
    public init(
        contentsOf source: AudioSource, options: WaveformOptions = WaveformOptions(), limits: AudioLimits = .standard
    ) throws(AudioError) {
        var reader = try AudioReader(source, limits: limits)
        try self.init(reading: &reader, options: options)
    }

    /// Computes the waveform of what a reader has, from the beginning of its file.
    ///
    /// The reader tells afterwards whether the file was cut short. Every block drawn is reported with the frames so far.
    public init(
        reading reader: inout AudioReader, options: WaveformOptions = WaveformOptions(),
        progress: ((Int) -> Void)? = nil
    ) throws(AudioError) {
        let format = reader.format
        let part = try options.frames(at: format.sampleRate)
        if reader.position != part.lowerBound { try reader.seek(toFrame: part.lowerBound) }
        let expected = (reader.declaredFrames ?? 0) - part.lowerBound
        var builder = try WaveformBuilder(
            sampleRate: format.sampleRate, channels: format.channels, resolution: options.resolution, mix: options.mix,
            rms: options.rms, expectedFrames: max(0, min(expected, part.count)))
        let damaged = reader.levels.notNumbers
        if format.encoding.isWholeNumbers {
            try Self.drain(&reader, into: &builder, part.count, progress)
        } else {
            try Self.drainFloats(&reader, into: &builder, part.count, progress)
        }
        guard builder.frames > 0 || part.lowerBound == 0 else {
            throw AudioError(.badArgument, "The part to draw begins after the end of the audio.")
        }
        let made = try builder.finish()
        var findings = made.findings
        // The reader has silenced what was not a number before the builder could see it.
        findings.notNumbers += reader.levels.notNumbers - damaged
        findings.isTruncated = reader.isTruncated
        self.init(
            sampleRate: made.sampleRate, samplesPerPoint: made.samplesPerPoint, spacing: made.spacing,
            channels: made.channels, frames: made.frames, peaks: made.peaks, meanSquares: made.meanSquares,
            findings: findings)
    }

    private static func drain(
        _ reader: inout AudioReader, into builder: inout WaveformBuilder, _ limit: Int, _ progress: ((Int) -> Void)?
    ) throws(AudioError) {
        let channels = reader.format.channels
        var block = [Int16](repeating: 0, count: blockFrames * channels)
        while builder.frames < limit {
            try stopIfCancelled()
            var span = block.mutableSpan
            let got = try reader.readInt16(into: &span)
            guard got > 0 else { return }
            let used = min(got, limit - builder.frames)
            try builder.append(block.span.extracting(first: used * channels))
            progress?(builder.frames)
        }
    }

    private static func drainFloats(
        _ reader: inout AudioReader, into builder: inout WaveformBuilder, _ limit: Int, _ progress: ((Int) -> Void)?
    ) throws(AudioError) {
        let channels = reader.format.channels
        var block = [Float](repeating: 0, count: blockFrames * channels)
        while builder.frames < limit {
            try stopIfCancelled()
            var span = block.mutableSpan
            let got = try reader.read(into: &span)
            guard got > 0 else { return }
            let used = min(got, limit - builder.frames)
            try builder.append(block.span.extracting(first: used * channels))
            progress?(builder.frames)
        }
    }

    private static func stopIfCancelled() throws(AudioError) {
        if Task.isCancelled { throw AudioError(.cancelled, "Drawing the waveform was cancelled.") }
    }
}
