// Reads audio block by block, as floats that are always usable.

import CBuskerDSP

/// Reads one audio file as interleaved blocks; memory does not depend on its length.
///
/// What comes out is always finite and within +-16: NaN and denormals become 0, larger values are clamped, and
/// ``levels`` counts both. The length is what was decoded, never what a header says. A reader belongs to one task at a
/// time.
public struct AudioReader: ~Copyable {
    /// What kind of file it is.
    public let format: AudioFormat
    /// Title, artist and other words.
    public let tags: AudioTags
    /// The frames that the header announces (MP3: that were counted); `nil` where it does not say.
    public let declaredFrames: Int?
    /// The frame that the next read begins with.
    public private(set) var position = 0
    /// Whether the file ended before the length its header announces, or lacks its last part.
    ///
    /// Certain once the end was reached by reading from the beginning; before, only what the header shows is known.
    public private(set) var isTruncated: Bool
    /// Whether the end was reached.
    public private(set) var isAtEnd = false

    private let decoder: any Decoder
    private let meter: LevelMeter
    private let limits: AudioLimits
    private let framesMax: Int

    /// Opens a source; throws a typed error that says what is wrong with the file.
    public init(_ source: AudioSource, limits: AudioLimits = .standard) throws(AudioError) {
        try self.init(OpenedFile(source, limits: limits), limits: limits)
    }

    init(_ opened: OpenedFile, limits: AudioLimits) throws(AudioError) {
        format = opened.header.format
        tags = opened.tags
        declaredFrames = opened.header.declaredFrames
        isTruncated = opened.header.isTruncated
        decoder = opened.decoder
        meter = try LevelMeter(channels: format.channels)
        self.limits = limits
        framesMax = limits.framesMax(sampleRate: format.sampleRate)
    }

    /// Peak, clipping and repairs of everything that was read as floats so far.
    public var levels: AudioLevels { meter.report }

    /// Fills a buffer with the next frames, interleaved; returns how many frames, 0 only at the end.
    ///
    /// The buffer holds as many whole frames as fit; fewer come only at the end of the file. Throws
    /// ``AudioError/Code/tooLong`` when the file goes on beyond the limit, ``AudioError/Code/badArgument`` where not one
    /// frame fits.
    public mutating func read(into samples: inout MutableSpan<Float>) throws(AudioError) -> Int {
        let channels = format.channels
        let capacity = try self.capacity(samples.count)
        var filled = 0
        var failure: AudioError?
        let (decoder, meter, end) = (decoder, meter, min(capacity, framesLeft))
        unsafe samples.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            do throws(AudioError) {
                while filled < end {
                    let wanted = min(end - filled, AudioLimits.blockFrames)
                    let place = unsafe base + filled * channels
                    let got = try unsafe decoder.read(floats: place, frames: wanted)
                    guard got > 0 else { break }
                    try unsafe meter.clean(UnsafeMutableBufferPointer(start: place, count: got * channels))
                    filled += got
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        try advance(filled, capacity)
        return filled
    }

    /// Fills a buffer with the next frames as 16-bit numbers, without any scaling; returns how many frames, 0 at the end.
    ///
    /// Only for whole-number encodings (``AudioEncoding/isWholeNumbers``): 24 and 32 bits lose their lower bits by an
    /// arithmetic shift, 8 bits are shifted up. ``levels`` does not see what is read this way.
    public mutating func readInt16(into samples: inout MutableSpan<Int16>) throws(AudioError) -> Int {
        guard format.encoding.isWholeNumbers else {
            throw AudioError(.badArgument, "\(format.encoding.label) has no whole numbers; read it as floats.")
        }
        let channels = format.channels
        let capacity = try self.capacity(samples.count)
        var filled = 0
        var failure: AudioError?
        let (decoder, end) = (decoder, min(capacity, framesLeft))
        unsafe samples.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            do throws(AudioError) {
                while filled < end {
                    let got = try unsafe decoder.read(shorts: base + filled * channels, frames: end - filled)
                    guard got > 0 else { break }
                    filled += got
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        try advance(filled, capacity)
        return filled
    }

    /// Reads up to `frames` frames into a new array, interleaved; empty only at the end.
    public mutating func read(frames: Int) throws(AudioError) -> [Float] {
        guard frames > 0, frames <= Int.max / (64 * format.channels) else {
            throw AudioError(.badArgument, "The number of frames to read is out of range.")
        }
        var block = [Float](repeating: 0, count: min(frames, AudioLimits.readAtOnceMax) * format.channels)
        var span = block.mutableSpan
        let got = try read(into: &span)
        block.removeSubrange((got * format.channels)...)
        return block
    }

    /// Goes to a frame counted from the beginning; the next read starts there.
    public mutating func seek(toFrame frame: Int) throws(AudioError) {
        guard frame >= 0, frame <= framesMax else {
            throw AudioError(.cannotSeek, "Frame \(frame) is outside the file.")
        }
        try decoder.seek(toFrame: frame)
        meter.breakRuns()
        position = frame
        isAtEnd = false
    }

    /// Frames up to the end that the header gives: behind it stand other chunks, which libsndfile plays for some files.
    private var framesLeft: Int {
        guard let declaredFrames, format.encoding.isPlain, format.container != .flac else { return Int.max }
        return max(0, declaredFrames - position)
    }

    private func capacity(_ count: Int) throws(AudioError) -> Int {
        guard count >= format.channels else {
            throw AudioError(.badArgument, "The buffer is too small for one frame of \(format.channels) channels.")
        }
        return count / format.channels
    }

    private mutating func advance(_ frames: Int, _ capacity: Int) throws(AudioError) {
        position += frames
        guard position <= framesMax else { throw limits.tooLong() }
        guard frames < capacity else { return }
        isAtEnd = true
        if let declaredFrames, position < declaredFrames - slack { isTruncated = true }
    }

    /// A lossy stream may lack part of its last frame without anything being lost.
    private var slack: Int { format.container == .mpeg ? 1152 : 0 }
}
