// Writes audio block by block into a file that appears whole or not at all.

/// Writes one audio file from interleaved floats; memory does not depend on its length.
///
/// Values beyond full scale are clamped, NaN becomes 0 where the file holds whole numbers. Equal sound and settings give
/// equal bytes. A writer that is dropped before ``finish()`` leaves nothing behind.
public struct AudioWriter: ~Copyable {
    /// What is written, and how.
    public let settings: AudioWriterSettings
    /// Frames written so far.
    public private(set) var frames = 0
    private let sink: ByteSink
    private let encoder: any Encoder

    /// Starts a file; throws where the settings do not fit the kind of file or the place cannot be written.
    public init(_ destination: AudioDestination, settings: AudioWriterSettings) throws(AudioError) {
        try settings.check()
        let sink = try ByteSink(destination)
        let encoder: any Encoder
        if case .wav = settings.kind {
            encoder = try WavEncoder(settings, sink)
        } else {
            encoder = try SndfileEncoder(settings, sink)
        }
        (self.settings, self.sink, self.encoder) = (settings, sink, encoder)
    }

    /// Appends interleaved frames, any number of them; throws where the count is no multiple of the channels.
    public mutating func write(_ samples: Span<Float>) throws(AudioError) {
        guard samples.count % settings.channels == 0 else {
            throw AudioError(.badArgument, "The block does not hold whole frames of \(settings.channels) channels.")
        }
        let step = AudioLimits.blockFrames * settings.channels
        var failure: AudioError?
        let encoder = encoder
        unsafe samples.withUnsafeBufferPointer { buffer in
            do throws(AudioError) {
                for start in stride(from: 0, to: buffer.count, by: step) {
                    let end = min(start + step, buffer.count)
                    try unsafe encoder.write(UnsafeBufferPointer(rebasing: buffer[start..<end]))
                }
            } catch {
                failure = error
            }
        }
        if let failure {
            sink.discard()
            throw failure
        }
        frames += samples.count / settings.channels
    }

    /// Completes the file and puts it in its place.
    public consuming func finish() throws(AudioError) -> WrittenAudio {
        try encoder.finish()
        let bytes = try sink.commit()
        return WrittenAudio(frames: frames, byteCount: sink.count, bytes: bytes)
    }

    /// Drops the file: nothing is left of it.
    public consuming func cancel() {
        sink.discard()
    }
}
