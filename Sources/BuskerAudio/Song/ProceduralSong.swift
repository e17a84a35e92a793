// Songs made from words and a seed, by rules, without any model.

/// A song that is composed and played by this library: the same words, seed, length and style give the same sound.
///
/// It has a form (verse, chorus, bridge), chords that lead into each other, a melody of motifs that come back, bass, drums,
/// and a band that suits its style; it ends on its tonic. Its loudness is -14 LUFS and no true peak is above -1 dBTP. The words of
/// the prompt choose style, mode and tempo where they name one, and take part in the seed whatever they are.
public struct ProceduralSong: Sendable, Hashable {
    /// The lengths that can be made, in seconds.
    public static let secondsRange = 10...285
    /// The longest prompt, in bytes of UTF-8.
    public static let promptBytesMax = 2_000
    /// Frames in a second.
    public static let sampleRate = 44_100
    /// How loud songs are, in LUFS.
    public static let loudness = -14.0
    /// What no true peak is above, in dBTP.
    public static let truePeakMax = -1.0

    /// The words it was made from.
    public let prompt: String
    /// The seed it was made from.
    public let seed: UInt64
    /// Its length in seconds, exactly.
    public let seconds: Int
    /// Its style: what was asked for, or what the prompt names, or drawn.
    public let style: SongStyle
    let plan: SongPlan

    /// Decides on a song; composing and playing it comes later.
    ///
    /// - Parameters:
    ///   - prompt: words in any language, at most ``promptBytesMax`` bytes.
    ///   - seed: another seed is another song.
    ///   - seconds: the length, within ``secondsRange``.
    ///   - style: the style; the prompt's, or a drawn one, where there is none.
    /// - Throws: `bad_argument` for a prompt or a length out of range.
    public init(prompt: String = "", seed: UInt64, seconds: Int, style: SongStyle? = nil) throws(AudioError) {
        guard prompt.utf8.count <= Self.promptBytesMax else {
            throw AudioError(.badArgument, "The prompt is longer than \(Self.promptBytesMax) bytes. Please shorten it.")
        }
        guard Self.secondsRange.contains(seconds) else {
            let (low, high) = (Self.secondsRange.lowerBound, Self.secondsRange.upperBound)
            throw AudioError(.badArgument, "A song lasts \(low) to \(high) seconds, not \(seconds).")
        }
        let mood = SongMood(prompt)
        var mixed = SongRandom(seed, prompt)
        let root = mixed.next()
        let drawn = mixed.pick(SongStyle.allCases)
        self.prompt = prompt
        self.seed = seed
        self.seconds = seconds
        self.style = style ?? mood.style ?? drawn
        plan = SongPlan(style: self.style, mood: mood, seconds: seconds, seed: root)
    }

    /// Its key, such as `E flat major`.
    public var key: String { plan.key.name }
    /// Its tempo.
    public var beatsPerMinute: Double { plan.beatsPerMinute }
    /// The parts of its form, in order.
    public var sections: [SongSection] { plan.sections }

    /// The second at which a piece to listen to should begin: the first chorus, as far as `length` seconds fit.
    public func highlight(_ length: Int = 30) -> Double {
        let chorus = plan.sections.first { $0.kind == .chorus }?.start ?? 0
        return max(0, min(chorus, Double(seconds - length)))
    }

    /// Composes, plays and writes the song, block by block: memory does not depend on its length.
    ///
    /// It is played at least twice: to measure it, and to write it. Sound of lossy kinds of file may differ a little in its peaks
    /// when it is decoded; the limiter leaves room for that.
    ///
    /// - Parameters:
    ///   - destination: where it goes; a file appears whole or not at all.
    ///   - kind: the kind of file; WAV, FLAC, Vorbis, AIFF and MP3 hold its 44,100 frames a second.
    ///   - progress: told how far it is, 0...1; `false` cancels.
    /// - Throws: `cancelled`, `cannot_write`, `bad_argument` for a kind of file that cannot hold it.
    public func write(
        _ destination: AudioDestination, as kind: AudioWriterSettings.Kind,
        progress: (Double) -> Bool = { _ in true }
    ) throws(AudioError) -> SongReport {
        var settings = AudioWriterSettings(kind, sampleRate: Self.sampleRate, channels: 2)
        settings.expectedFrames = seconds * Self.sampleRate
        settings.tags[.title] = "\(style.rawValue) in \(key)"
        settings.tags[.genre] = style.rawValue
        try settings.check()
        var recording = try SongRecording(self, settings)
        return try recording.run(destination, progress)
    }
}

/// What came of writing a song.
public struct SongReport: Sendable, Hashable {
    /// Frames in the file.
    public let frames: Int
    /// Bytes of the file.
    public let byteCount: Int
    /// The whole file, where it was written to memory.
    public let bytes: [UInt8]?
    /// Integrated loudness in LUFS, before the kind of file took its share.
    public let loudness: Double
    /// The highest true peak in dBTP, before the kind of file took its share.
    public let truePeak: Double
    /// How often it was played.
    public let passes: Int
    /// Notes that were left out because too many sounded at once.
    public let droppedNotes: Int
}
