// The notes of a song, in the order in which they are played.

import CBuskerDSP

/// Who plays: each is one part of the band.
enum SongPart: UInt32, CaseIterable {
    case melody, answer, chords, pluck, bass, kick, snare, hat, other
}

/// Collects notes while a song is composed.
struct SongScore {
    /// One note; the pitch of drums means nothing, that of hats how long they ring.
    struct Note {
        var part: SongPart
        /// Sixteenths since the beginning.
        var step: Double
        /// Sixteenths.
        var length: Double
        var pitch: Int
        var velocity: Double
        /// Frames by which it is late, for strums.
        var late = 0.0
    }

    private(set) var notes: [Note] = []

    mutating func add(
        _ part: SongPart, at step: Double, for length: Double, _ pitch: Int, _ velocity: Double, late: Double = 0
    ) {
        notes.append(Note(part: part, step: step, length: length, pitch: pitch, velocity: velocity, late: late))
    }

    /// The notes as the player takes them: in order, a little uneven as people play.
    func played(_ plan: SongPlan) -> [busker_song_note] {
        var random = SongRandom(plan.seed, "hands")
        let swing = SongSheet.of(plan.style).swing
        let uneven = plan.style == .house ? 60.0 : 220.0
        let played = notes.map { note in
            let isBeat = note.step == note.step.rounded(.down) && Int(note.step) % 4 == 0
            let late = note.late + (isBeat ? 0.3 : 1) * uneven * random.share()
            let start = plan.frame(note.step, swing: swing) + late
            let end = plan.frame(note.step + note.length, swing: swing)
            let force = min(max(note.velocity * (0.92 + 0.16 * random.share()), 0.02), 1)
            return busker_song_note(
                start: UInt32(max(start, 0)), length: UInt32(max(end - start, 400)),
                pitch: Float(min(max(note.pitch, 24), 108)), velocity: Float(force), part: note.part.rawValue)
        }
        return played.enumerated().sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }
            .map(\.element)
    }
}
