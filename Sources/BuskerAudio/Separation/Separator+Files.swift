// Separation from a file to files.

/// What a separation of a file made.
public struct SeparationReport: Sendable {
    /// One written stem.
    public struct File: Sendable {
        /// Which stem it is.
        public let stem: Stem
        /// Where it was written.
        public let path: String
        /// The largest absolute sample, after the common gain.
        public let peak: Float
    }

    /// The stems, in the order of the model.
    public let files: [File]
    /// The format of what was separated.
    public let source: AudioFormat
    /// Frames of the mixture and of every stem.
    public let frames: Int
    /// The gain that all stems have in common, in dB; 0 unless a stem of whole numbers would have clipped.
    public let gainDecibels: Double
    /// Whether the mixture ended before the length its header announces.
    public let isTruncated: Bool
    /// Peak, clipping and repairs of the mixture.
    public let levels: AudioLevels
}

extension Separator {
    /// Separates a file into one file for each stem, named as the stems, in an existing folder.
    ///
    /// Memory does not depend on the length of the file. The stems appear when all of them are complete; when anything fails,
    /// none does. Samples that are stored as floats are never scaled. In all other kinds of file, stems that would clip are
    /// separated once more with one gain for all, which the report tells.
    ///
    /// - Parameters:
    ///   - source: what to separate.
    ///   - folder: where the stems go; files of the same names are replaced.
    ///   - kind: how the stems are stored.
    ///   - limits: what is accepted of the source.
    ///   - progress: told how far the work is, on the caller's thread; `false` cancels.
    /// - Throws: what is wrong with the file, `no_sound`, `cannot_write`, `cancelled`.
    public func separate(
        _ source: AudioSource, into folder: String, as kind: AudioWriterSettings.Kind = .wav(.float32),
        limits: AudioLimits = .standard, progress: @escaping (SeparationProgress) -> Bool = { _ in true }
    ) throws(AudioError) -> SeparationReport {
        let job = try FileSeparation(separator: self, source: source, folder: folder, kind: kind, limits: limits)
        return try job.run(progress: progress)
    }

    /// Separates a file into files without blocking the caller's thread.
    ///
    /// As the blocking form; `progress` is called on a thread of the separator's, and cancelling the task ends the work with
    /// `cancelled`, leaving no file behind.
    public func separate(
        _ source: AudioSource, into folder: String, as kind: AudioWriterSettings.Kind = .wav(.float32),
        limits: AudioLimits = .standard, progress: @escaping @Sendable (SeparationProgress) -> Bool = { _ in true }
    ) async throws(AudioError) -> SeparationReport {
        try await LongWork.run { cancellation throws(AudioError) in
            try self.separate(source, into: folder, as: kind, limits: limits) { report in
                !cancellation.isCancelled && progress(report)
            }
        }
    }
}
