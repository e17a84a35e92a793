// Brings a song to its loudness and writes it.

#if canImport(Glibc)
import Glibc
#endif

/// One writing of a song: measures, then writes, and writes again where loudness or peaks are not what they must be.
struct SongRecording {
    private static let blockFrames = 4096
    /// Writings at most; the last one is taken as loud as it is, if its peaks are low enough.
    private static let writingsMax = 5
    /// How far the loudness may be off, in LU.
    private static let tolerance = 0.2
    /// Where the limiter holds true peaks, in dBTP; lossy kinds of file add to them.
    private static let ceiling = -1.8

    private let song: ProceduralSong
    private let settings: AudioWriterSettings
    private let player: SongPlayer
    private let frames: Int
    private var block: [Float]
    private var passes = 0
    private var told = 0.0

    init(_ song: ProceduralSong, _ settings: AudioWriterSettings) throws(AudioError) {
        self.song = song
        self.settings = settings
        frames = song.seconds * ProceduralSong.sampleRate
        let fade = song.seconds < 20 ? 1.2 : 2.5
        player = try SongPlayer(song.plan, frames: frames, fade: Int(fade * Double(ProceduralSong.sampleRate)))
        block = [Float](repeating: 0, count: 2 * Self.blockFrames)
    }

    mutating func run(
        _ destination: AudioDestination, _ progress: (Double) -> Bool
    ) throws(AudioError) -> SongReport {
        try player.rewind(drive: 0)
        var meter = try LoudnessMeter(sampleRate: ProceduralSong.sampleRate, channels: 2, measures: .exact)
        try play(0..<0.4, progress) { block throws(AudioError) in try meter.push(block) }
        var drive = Self.rounded(try meter.read().gain(to: ProceduralSong.loudness))
        var trim = 0.0
        for writing in 1...Self.writingsMax {
            try player.rewind(
                drive: SongPlayer.factor(min(drive, 60)), ceiling: SongPlayer.factor(Self.ceiling),
                trim: SongPlayer.factor(trim))
            var writer = try AudioWriter(destination, settings: settings)
            var meter = try LoudnessMeter(
                sampleRate: ProceduralSong.sampleRate, channels: 2, measures: [.exact, .truePeak])
            do throws(AudioError) {
                try play(0.4..<1, progress) { block throws(AudioError) in
                    try meter.push(block)
                    try writer.write(block)
                }
            } catch {
                writer.cancel()
                throw error
            }
            let heard = try meter.read()
            let peak = 20 * log10(max(heard.truePeak ?? 0, 1e-9))
            let missing = heard.gain(to: ProceduralSong.loudness)
            if peak <= ProceduralSong.truePeakMax, abs(missing) <= Self.tolerance || writing == Self.writingsMax {
                let written = try writer.finish()
                return SongReport(
                    frames: written.frames, byteCount: written.byteCount, bytes: written.bytes,
                    loudness: heard.integrated, truePeak: peak, passes: passes, droppedNotes: player.dropped)
            }
            writer.cancel()
            // What is turned down at the end is turned down by exactly as much, so peaks cannot stay too high.
            if peak > ProceduralSong.truePeakMax { trim -= Self.rounded(peak - ProceduralSong.truePeakMax) + 0.01 }
            drive += Self.rounded(missing)
        }
        throw AudioError(.coreFailed, "The song cannot be brought to its loudness.")
    }

    /// Plays all of it once, block by block.
    private mutating func play(
        _ share: Range<Double>, _ progress: (Double) -> Bool, _ take: (Span<Float>) throws(AudioError) -> Void
    ) throws(AudioError) {
        passes += 1
        var done = 0
        while done < frames {
            let part = min(Self.blockFrames, frames - done)
            try player.play(&block, frames: part)
            try take(block.span.extracting(..<(2 * part)))
            done += part
            let here = share.lowerBound + (share.upperBound - share.lowerBound) * Double(done) / Double(frames)
            told = max(told, here)
            guard progress(told), !Task.isCancelled else {
                throw AudioError(.cancelled, "The song was cancelled.")
            }
        }
    }

    /// To thousandths of a decibel, so that the last bits of a logarithm do not matter.
    private static func rounded(_ decibels: Double) -> Double { (decibels * 1_000).rounded() / 1_000 }
}
