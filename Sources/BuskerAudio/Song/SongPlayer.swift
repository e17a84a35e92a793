// The C player of a song as an object.

import CBuskerDSP

/// Plays a score from its beginning, as often as wanted.
@safe final class SongPlayer {
    private let song: OpaquePointer

    init(_ plan: SongPlan, frames: Int, fade: Int) throws(AudioError) {
        var score = SongScore()
        SongMelody(plan).compose(into: &score)
        var backing = SongBacking(plan)
        backing.compose(into: &score)
        let notes = score.played(plan)
        let band = SongBand.of(plan.style)
        let parts = band.list
        let echo = min(max(band.echo * plan.stepFrames / 44_100, 0.05), 1)
        var config = busker_song_config(
            frames: UInt32(frames), fade: UInt32(fade), room_seconds: Float(band.room),
            room_damping: Float(band.damping), echo_seconds: Float(echo), tone: Float(band.tone),
            warmth: Float(band.warmth), seed: plan.seed)
        var made: OpaquePointer?
        let status = unsafe parts.withUnsafeBufferPointer { parts in
            unsafe notes.withUnsafeBufferPointer { notes in
                unsafe busker_song_create(
                    &config, parts.baseAddress, parts.count, notes.baseAddress, notes.count, &made)
            }
        }
        try status.check("The player of the song")
        guard let made = unsafe made else { throw AudioError(.coreFailed, "The player of the song was not made.") }
        unsafe song = unsafe made
    }

    deinit { unsafe busker_song_destroy(song) }

    /// Goes back to the beginning; see `busker_song_rewind`.
    func rewind(drive: Float, ceiling: Float = 1, trim: Float = 1) throws(AudioError) {
        try unsafe busker_song_rewind(song, drive, ceiling, trim).check("The player of the song")
    }

    /// Plays the next frames into a block of interleaved stereo.
    func play(_ block: inout [Float], frames: Int) throws(AudioError) {
        let count = min(2 * frames, block.count)
        let song = unsafe song
        let status = unsafe block.withUnsafeMutableBufferPointer {
            unsafe busker_song_play(song, $0.baseAddress, count)
        }
        try status.check("The player of the song")
    }

    /// Notes that found no free voice since the beginning.
    var dropped: Int { unsafe Int(busker_song_dropped(song)) }

    /// A factor from decibels; equal on every machine.
    static func factor(_ decibels: Double) -> Float { Float(busker_song_factor(decibels)) }
}
