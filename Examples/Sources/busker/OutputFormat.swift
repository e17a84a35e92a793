// The kinds of sound files that can be asked for by name.

import ArgumentParser
import BuskerAudio

/// A kind of sound file, with or without a sample width.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case wav, wav16, wav24, wav32, flac, flac16, flac24, aiff, mp3, ogg, opus

    /// The kind that a file name's extension stands for.
    init?(suffix: String) {
        switch suffix {
        case "wav", "wave": self = .wav
        case "flac": self = .flac
        case "aiff", "aif": self = .aiff
        case "mp3": self = .mp3
        case "ogg", "oga": self = .ogg
        case "opus": self = .opus
        default: return nil
        }
    }

    /// The kind for stems: floats for a plain `wav`, which no stem can overrun.
    var stemKind: AudioWriterSettings.Kind {
        switch self {
        case .wav, .wav32: .wav(.float32)
        case .wav16: .wav(.int16)
        case .wav24: .wav(.int24)
        case .flac, .flac24: .flac(bits: 24)
        case .flac16: .flac(bits: 16)
        case .aiff: .aiff(bits: 24)
        case .mp3: .mp3(kilobits: 192)
        case .ogg: .vorbis(quality: 0.6)
        case .opus: .opus(quality: 0.25)
        }
    }

    /// The kind for a copy of a sound: as many bits as it has, unless others are asked for.
    func kind(bits asked: Int?, kilobits: Int?, quality: Double?, rate: Int, from source: AudioFormat)
        throws(AudioError)
        -> AudioWriterSettings.Kind
    {
        let bits = asked ?? Self.natural(source)
        switch self {
        case .wav: return .wav(bits == 16 ? .int16 : bits == 24 ? .int24 : .float32)
        case .wav16: return .wav(.int16)
        case .wav24: return .wav(.int24)
        case .wav32: return .wav(.float32)
        case .flac: return .flac(bits: min(bits, 24))
        case .flac16: return .flac(bits: 16)
        case .flac24: return .flac(bits: 24)
        case .aiff: return .aiff(bits: min(bits, 24))
        case .mp3: return .mp3(kilobits: kilobits ?? Self.usualKilobits(rate))
        case .ogg: return .vorbis(quality: quality ?? 0.6)
        case .opus: return .opus(quality: quality ?? 0.25)
        }
    }

    /// The rate a file of this kind can hold that loses least: the rate itself, the next higher one, or the highest.
    func fittingRate(_ rate: Int) -> Int {
        let allowed = AudioWriterSettings.sampleRates(for: stemKind)
        if allowed.isEmpty { return rate }
        return allowed.first { $0 >= rate } ?? allowed.last ?? rate
    }

    /// 16 bits for what has no more, 24 for larger whole numbers, 32 for floats.
    private static func natural(_ source: AudioFormat) -> Int {
        if source.encoding == .float { return 32 }
        guard let bits = source.bitsPerSample else { return 16 }
        return bits <= 16 ? 16 : 24
    }

    /// The usual bit rate where MP3 knows it at this rate, its highest otherwise.
    static func usualKilobits(_ rate: Int) -> Int {
        let known = AudioWriterSettings.mp3Kilobits(sampleRate: rate)
        return known.contains(192) ? 192 : known.last ?? 64
    }
}
