// How a file is to be written.

/// The file type, rate, channels, noise and words of a file to be written.
public struct AudioWriterSettings: Sendable, Hashable {
    /// What kind of file is written.
    public enum Kind: Sendable, Hashable {
        /// WAV, or RF64 where 4 GiB are not enough.
        case wav(WavSamples)
        /// FLAC with 16 or 24 bits.
        case flac(bits: Int)
        /// Ogg Vorbis; quality 0...1, where 0.4 is about 110 kb/s in stereo.
        case vorbis(quality: Double)
        /// Opus in Ogg; quality 0...1; only 8, 12, 16, 24 and 48 kHz.
        case opus(quality: Double)
        /// MP3 with one bit rate throughout, in kb/s; 1 or 2 channels, rates up to 48 kHz.
        case mp3(kilobits: Int)
        /// AIFF with 16 or 24 bits.
        case aiff(bits: Int)
    }

    /// How a WAV file stores its samples.
    public enum WavSamples: Sendable, Hashable {
        /// 16-bit whole numbers.
        case int16
        /// 24-bit whole numbers.
        case int24
        /// 32-bit floats, which may go beyond full scale.
        case float32
    }

    /// The noise that is added before rounding to whole numbers.
    public enum Dither: Sendable, Hashable {
        /// 16 bits get triangular noise of seed 1, everything else none.
        case automatic
        /// Plain rounding; 16-bit audio that was only read and written again comes back unchanged.
        case none
        /// Triangular noise, +-1 step, from this seed; the same seed gives the same bytes.
        case triangular(seed: UInt64)
    }

    /// What kind of file is written.
    public var kind: Kind
    /// Frames in a second.
    public var sampleRate: Int
    /// Samples in a frame, 1...8.
    public var channels: Int
    /// The noise added before rounding; means nothing where the file takes floats.
    public var dither: Dither = .automatic
    /// Words to put into the file, where its type can hold them.
    public var tags = AudioTags()
    /// How many frames will come, if known: a small WAV then gets the plain 44-byte header.
    public var expectedFrames: Int?
    /// The serial number of an Ogg stream; equal numbers give equal bytes.
    public var oggSerial: UInt32 = 1

    /// Settings for a kind, a rate and a channel count; the rest has defaults that can be changed.
    public init(_ kind: Kind, sampleRate: Int, channels: Int) {
        self.kind = kind
        self.sampleRate = sampleRate
        self.channels = channels
    }
}

extension AudioWriterSettings {
    /// The sample rates that a kind of file can hold; an empty list means any from 8000 to 192000.
    public static func sampleRates(for kind: Kind) -> [Int] {
        switch kind {
        case .opus: [8000, 12000, 16000, 24000, 48000]
        case .mp3: [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000]
        case .wav, .flac, .vorbis, .aiff: []
        }
    }

    /// The bit rates in kb/s that MP3 knows at a sample rate.
    public static func mp3Kilobits(sampleRate: Int) -> [Int] {
        if sampleRate >= 32000 { return [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320] }
        let low = [8, 16, 24, 32, 40, 48, 56, 64]
        return sampleRate >= 16000 ? low + [80, 96, 112, 128, 144, 160] : low
    }

    /// The usual extension of the file name.
    public var fileExtension: String {
        switch kind {
        case .wav: "wav"
        case .flac: "flac"
        case .vorbis: "ogg"
        case .opus: "opus"
        case .mp3: "mp3"
        case .aiff: "aiff"
        }
    }

    /// Whole-number bits the samples are rounded to, where they are.
    var bits: Int? {
        switch kind {
        case .wav(.int16): 16
        case .wav(.int24): 24
        case .flac(let bits), .aiff(let bits): bits
        case .wav(.float32), .vorbis, .opus, .mp3: nil
        }
    }

    var isOgg: Bool {
        switch kind {
        case .vorbis, .opus: true
        case .wav, .flac, .mp3, .aiff: false
        }
    }

    func check() throws(AudioError) {
        guard (1...AudioLimits.channelsCeiling).contains(channels) else {
            throw AudioError(.badArgument, "A file has 1 to \(AudioLimits.channelsCeiling) channels, not \(channels).")
        }
        let rates = Self.sampleRates(for: kind)
        guard rates.isEmpty ? (8000...192_000).contains(sampleRate) : rates.contains(sampleRate) else {
            let allowed = rates.isEmpty ? "8000 to 192000" : rates.map(String.init).joined(separator: ", ")
            throw AudioError(
                .badArgument, "This kind of file cannot hold \(sampleRate) Hz. Resample to one of: \(allowed).")
        }
        if let bits, bits != 16, bits != 24 {
            throw AudioError(.badArgument, "Only 16 and 24 bits are written, not \(bits).")
        }
        switch kind {
        case .mp3(let kilobits):
            let known = Self.mp3Kilobits(sampleRate: sampleRate)
            guard known.contains(kilobits) else {
                throw AudioError(
                    .badArgument,
                    "MP3 at \(sampleRate) Hz has no \(kilobits) kb/s. Choose one of: "
                        + known.map(String.init).joined(separator: ", ") + ".")
            }
            guard channels <= 2 else { throw AudioError(.badArgument, "MP3 holds 1 or 2 channels, not \(channels).") }
        case .vorbis(let quality), .opus(let quality):
            guard (0...1).contains(quality) else { throw AudioError(.badArgument, "The quality is between 0 and 1.") }
        case .wav, .flac, .aiff: break
        }
        for (_, text) in tags.all { try Self.check(tag: text) }
    }

    private static func check(tag: String) throws(AudioError) {
        guard tag.utf8.count <= AudioLimits.tagBytesMax else {
            throw AudioError(.badTag, "A tag is longer than \(AudioLimits.tagBytesMax) bytes. Please shorten it.")
        }
        guard !tag.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" && $0 != "\t" }) else {
            throw AudioError(.badTag, "A tag has control characters in it.")
        }
    }
}
