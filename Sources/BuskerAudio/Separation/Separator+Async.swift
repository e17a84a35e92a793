// Separation for callers that must not block.

extension Separator {
    /// Separates a sound in memory without blocking the caller's thread.
    ///
    /// The work runs on threads of its own. Cancelling the task ends it with `cancelled`.
    ///
    /// - Parameters:
    ///   - mixture: the sound.
    ///   - progress: told how far the work is, on a thread of the separator's; `false` cancels.
    /// - Returns: for each stem, in the model's order, as many frames as the mixture has.
    /// - Throws: `bad_argument`, `cancelled`, `out_of_memory`.
    public func separate(
        _ mixture: AudioBuffer, progress: @escaping @Sendable (SeparationProgress) -> Bool = { _ in true }
    ) async throws(AudioError) -> [AudioBuffer] {
        try await LongWork.run { cancellation throws(AudioError) in
            try self.separate(mixture) { !cancellation.isCancelled && progress($0) }
        }
    }
}
