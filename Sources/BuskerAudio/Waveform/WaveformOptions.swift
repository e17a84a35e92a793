// What is drawn of a file, and how fine.

/// How the waveform of a file is computed.
public struct WaveformOptions: Sendable, Hashable {
    /// How fine it is; 256 samples per point suit players that zoom.
    public var resolution: WaveformBuilder.Resolution
    /// What becomes of several channels.
    public var mix: WaveformBuilder.Mix
    /// Whether RMS is computed beside the peaks.
    public var rms: Bool
    /// The second the drawing begins at, 0 or more.
    public var start: Double = 0
    /// The second the drawing ends before; nil draws to the end.
    public var end: Double?

    /// The options for a resolution; start and end can be set afterwards.
    public init(
        _ resolution: WaveformBuilder.Resolution = .samplesPerPoint(256), mix: WaveformBuilder.Mix = .mono,
        rms: Bool = false
    ) {
        self.resolution = resolution
        self.mix = mix
        self.rms = rms
    }

    /// The frames to draw at a rate.
    func frames(at sampleRate: Int) throws(AudioError) -> Range<Int> {
        let longest = Double(Int.max / 2) / Double(sampleRate)
        guard start >= 0, start < longest, end.map({ $0 > start && $0 < longest }) ?? true else {
            throw AudioError(.badArgument, "The part to draw must begin at 0 or later, and end after it begins.")
        }
        return Int(start * Double(sampleRate))..<(end.map { Int($0 * Double(sampleRate)) } ?? Int.max)
    }
}
