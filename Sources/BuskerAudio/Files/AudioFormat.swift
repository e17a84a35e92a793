// What kind of audio file something is.

/// The container and encoding of an audio file, with its rate and channels.
public struct AudioFormat: Sendable, Hashable, CustomStringConvertible {
    /// The file type, known from the content and never from the name.
    public var container: AudioContainer
    /// How the samples are coded inside the container.
    public var encoding: AudioEncoding
    /// Frames in a second, 8000...192000 under the standard limits.
    public var sampleRate: Int
    /// Samples in a frame, 1...8 under the standard limits.
    public var channels: Int
    /// Bits of one stored sample for lossless encodings; `nil` where the encoding has no such number.
    public var bitsPerSample: Int?

    /// Puts a format together.
    public init(
        container: AudioContainer, encoding: AudioEncoding, sampleRate: Int, channels: Int, bitsPerSample: Int? = nil
    ) {
        self.container = container
        self.encoding = encoding
        self.sampleRate = sampleRate
        self.channels = channels
        self.bitsPerSample = bitsPerSample
    }

    /// One line for people, such as `FLAC, 44100 Hz, 2 channels, 16 bit`.
    public var description: String {
        var text = container.label
        if encoding.label != container.label { text += " (\(encoding.label))" }
        text += ", \(sampleRate) Hz, \(channels) \(channels == 1 ? "channel" : "channels")"
        if let bitsPerSample { text += ", \(bitsPerSample) bit" }
        return text
    }
}

/// The file types that are read.
public enum AudioContainer: String, Sendable, Hashable, CaseIterable {
    /// RIFF WAVE.
    case wav
    /// WAVE with 64-bit sizes, as the EBU defines it.
    case rf64
    /// WAVE with 64-bit sizes, as Sony defines it.
    case w64
    /// Apple's AIFF and AIFF-C.
    case aiff
    /// Apple's Core Audio Format.
    case caf
    /// Native FLAC.
    case flac
    /// Vorbis or Opus in Ogg pages.
    case ogg
    /// A stream of MPEG audio frames, mostly MP3.
    case mpeg

    /// The name people know.
    public var label: String {
        switch self {
        case .wav: "WAV"
        case .rf64: "RF64"
        case .w64: "W64"
        case .aiff: "AIFF"
        case .caf: "CAF"
        case .flac: "FLAC"
        case .ogg: "Ogg"
        case .mpeg: "MP3"
        }
    }

    /// The file name extensions, in small letters, the usual one first.
    public var extensions: [String] {
        switch self {
        case .wav: ["wav", "wave", "bwf"]
        case .rf64: ["wav", "rf64"]
        case .w64: ["w64"]
        case .aiff: ["aiff", "aif", "aifc"]
        case .caf: ["caf"]
        case .flac: ["flac"]
        case .ogg: ["ogg", "oga", "opus"]
        case .mpeg: ["mp3", "mp2", "mp1", "mpga"]
        }
    }
}

/// How samples are coded.
public enum AudioEncoding: String, Sendable, Hashable, CaseIterable {
    /// Whole numbers of 8, 16, 24 or 32 bits.
    case integer
    /// Floating point of 32 or 64 bits.
    case float
    /// G.711 A-law.
    case aLaw
    /// G.711 mu-law.
    case muLaw
    /// FLAC, lossless.
    case flac
    /// Vorbis, lossy.
    case vorbis
    /// Opus, lossy.
    case opus
    /// MPEG audio layer I.
    case mp1
    /// MPEG audio layer II.
    case mp2
    /// MPEG audio layer III.
    case mp3

    /// The name people know.
    public var label: String {
        switch self {
        case .integer: "PCM"
        case .float: "float"
        case .aLaw: "A-law"
        case .muLaw: "mu-law"
        case .flac: "FLAC"
        case .vorbis: "Vorbis"
        case .opus: "Opus"
        case .mp1: "MP1"
        case .mp2: "MP2"
        case .mp3: "MP3"
        }
    }

    /// Whether decoding gives back exactly what was encoded.
    public var isLossless: Bool {
        switch self {
        case .integer, .float, .flac: true
        case .aLaw, .muLaw, .vorbis, .opus, .mp1, .mp2, .mp3: false
        }
    }

    /// Whether every sample takes the same number of bits, so that the bytes tell the length.
    var isPlain: Bool { [.integer, .float, .aLaw, .muLaw].contains(self) }

    /// Whether ``AudioReader/readInt16(into:)`` can deliver this encoding.
    public var isWholeNumbers: Bool { self == .integer || self == .flac }
}
