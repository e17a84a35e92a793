// Scales, chords on their steps, and how chords lead into each other.

/// A scale of seven notes.
enum SongScale: Hashable {
    case major, minor, dorian, mixolydian

    /// Semitones above the tonic.
    var steps: [Int] {
        switch self {
        case .major: [0, 2, 4, 5, 7, 9, 11]
        case .minor: [0, 2, 3, 5, 7, 8, 10]
        case .dorian: [0, 2, 3, 5, 7, 9, 10]
        case .mixolydian: [0, 2, 4, 5, 7, 9, 10]
        }
    }

    var name: String {
        switch self {
        case .major: "major"
        case .minor: "minor"
        case .dorian: "dorian"
        case .mixolydian: "mixolydian"
        }
    }

    /// Whether its third is a small one.
    var isDark: Bool { steps[2] == 3 }

    /// The chord before the last: the fifth in light scales, the seventh in dark ones, so that the scale is never left.
    var cadence: Int { self == .major ? 4 : 6 }
}

/// A key: the tonic as a pitch, and a scale above it.
struct SongKey: Hashable {
    /// 55...66.
    let tonic: Int
    let scale: SongScale

    private static let names = ["C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B"]

    var name: String { "\(Self.names[tonic % 12]) \(scale.name)" }

    /// The pitch of a place in the scale; 7 places are an octave, 0 is the tonic.
    func pitch(_ place: Int) -> Int {
        let octave = place >= 0 ? place / 7 : (place - 6) / 7
        return tonic + 12 * octave + scale.steps[place - 7 * octave]
    }

    /// The place nearest to `place` that belongs to the chord on a step of the scale; the lower of two.
    static func snap(_ place: Int, to chord: Int) -> Int {
        for distance in [0, -1, 1, -2, 2, -3, 3] where belongs(place + distance, to: chord) { return place + distance }
        return place
    }

    static func belongs(_ place: Int, to chord: Int) -> Bool {
        [0, 2, 4].contains(((place - chord) % 7 + 7) % 7)
    }

    /// The notes of a chord in close position, each nearest to where the last chord's were, inside 50...74.
    func voicing(_ chord: Int, after last: [Int], notes: Int) -> [Int] {
        var best: (cost: Int, pitches: [Int])?
        for lowest in -9...9 where Self.belongs(lowest, to: chord) {
            let tones = (lowest..<(lowest + 14)).filter { Self.belongs($0, to: chord) }.prefix(3)
            var pitches = tones.map { pitch($0) }
            if notes == 4,
                let seventh = (tones[tones.startIndex]...(tones[tones.startIndex] + 6)).last(where: {
                    (($0 - chord - 6) % 7 + 7) % 7 == 0
                })
            {
                pitches.append(pitch(seventh))
                pitches.sort()
            }
            guard let low = pitches.first, let high = pitches.last, low >= 50, high <= 74 else { continue }
            let cost =
                last.count == pitches.count
                ? zip(last, pitches).reduce(0) { $0 + abs($1.0 - $1.1) } : abs(low + high - 122)
            if cost < best?.cost ?? .max { best = (cost, pitches) }
        }
        return best?.pitches ?? [pitch(chord), pitch(chord + 2), pitch(chord + 4)]
    }
}
