// What each style brings along: tempo, scales, chords, rhythms.

/// The rules of a style.
struct SongSheet {
    /// Beats in a minute.
    var tempo: ClosedRange<Double>
    /// Sixteenths of a bar.
    var steps = 16
    /// How often a song is dark when nothing is asked for.
    var darkness: Double
    var light: [SongScale] = [.major]
    var dark: [SongScale] = [.minor]
    /// How late every second sixteenth is, as a share of one.
    var swing = 0.0
    /// Lengths of notes in a bar of melody, in sixteenths; negative ones are rests.
    var rhythms: [[Int]]
    /// What the drums play in soft and in loud parts: kick, snare, hat, other; x strong, o soft.
    var soft: [String]
    var loud: [String]
    /// Steps on which the bass plays: the step and the place above the root (0, 4 is the fifth, 7 the octave).
    var bass: [(step: Int, place: Int)]
    /// Steps at which the chord instrument plays; empty for a chord that is held.
    var stabs: [Int]
    /// Places of the voicing that the plucked instrument goes through, one for each of its steps; -1 rests.
    var figure: [Int]
    /// Sixteenths between two notes of the figure.
    var figureStep = 2

    static func of(_ style: SongStyle) -> SongSheet {
        switch style {
        case .ballad: ballad
        case .folk: folk
        case .house: house
        case .lofi: lofi
        case .march: march
        case .waltz: waltz
        }
    }

    private static let ballad = SongSheet(
        tempo: 66...84, darkness: 0.4,
        rhythms: [[4, 4, 8], [6, 2, 8], [4, 2, 2, 8], [2, 2, 4, 6, -2], [8, 4, 4], [6, 2, 4, 4]],
        soft: ["x.......o.......", "................", "o...o...o...o...", "........x......."],
        loud: ["x.....o.x.......", "....x.......x...", "o.o.o.o.o.o.o.o.", "................"],
        bass: [(0, 0), (6, 0), (8, 4), (14, 0)], stabs: [], figure: [0, 1, 2, 3, 2, 1, 2, 1])
    private static let folk = SongSheet(
        tempo: 92...116, darkness: 0.3, light: [.major, .mixolydian], dark: [.dorian, .minor], swing: 0.06,
        rhythms: [[4, 4, 4, 4], [2, 2, 4, 4, 4], [6, 2, 4, 4], [4, 2, 2, 8], [2, 2, 2, 2, 4, 4], [4, 4, 8]],
        soft: ["x.......x.......", "................", "..o...o...o...o.", "................"],
        loud: ["x.......x..o....", "....o.......o...", "o.x.o.x.o.x.o.xo", "................"],
        bass: [(0, 0), (8, 4)], stabs: [0, 6, 10, 12], figure: [0, 3, 1, 2, 0, 3, 2, 1])
    private static let house = SongSheet(
        tempo: 120...128, darkness: 0.6, dark: [.minor, .dorian],
        rhythms: [[3, 3, 2, 3, 3, 2], [3, 3, 4, 6], [2, 4, 2, 4, 4], [6, 6, 4], [-2, 4, 2, 4, 4], [3, 3, 2, 8]],
        soft: ["x...x...x...x...", "................", "..o...o...o...o.", "................"],
        loud: ["x...x...x...x...", "....x.......x...", "o.xoo.xoo.xoo.xo", "...o..o....o..o."],
        bass: [(2, 0), (3, 0), (6, 0), (10, 0), (11, 7), (14, 0)], stabs: [0, 3, 6, 10, 13],
        figure: [0, 2, 1, 3, 2, 0, 3, 1, 0, 2, 3, 1, 2, 3, 0, 2], figureStep: 1)
    private static let lofi = SongSheet(
        tempo: 70...86, darkness: 0.6, light: [.major, .mixolydian], dark: [.dorian, .minor], swing: 0.28,
        rhythms: [
            [4, 2, 2, -4, 4], [6, 2, -2, 6], [-2, 2, 4, 8], [3, 3, 2, -4, 4], [4, 4, 6, -2], [2, 2, 4, -8],
        ],
        soft: ["x.......o.......", "....o.......o...", "o.o.o.o.o.o.o.o.", "................"],
        loud: ["x..o....o.x.....", "....x.......x..o", "x.o.x.o.x.ooxoo.", "................"],
        bass: [(0, 0), (7, 0), (10, 4)], stabs: [0, 7], figure: [0, -1, 2, -1, 3, 1, -1, 2])
    private static let march = SongSheet(
        tempo: 108...120, darkness: 0.1, dark: [.minor],
        rhythms: [[4, 4, 4, 4], [6, 2, 4, 4], [3, 1, 4, 8], [4, 3, 1, 4, 4], [6, 2, 6, 2], [8, 4, 4]],
        soft: ["x.......x.......", "o..oo...o..oo.o.", "................", "................"],
        loud: ["x.......x.......", "x..ox.oox..ooooo", "........x.......", "................"],
        bass: [(0, 0), (8, 4)], stabs: [4, 12], figure: [0, -1, 2, -1, 1, -1, 3, -1])
    private static let waltz = SongSheet(
        tempo: 108...144, steps: 12, darkness: 0.4,
        rhythms: [[4, 4, 4], [8, 4], [6, 2, 4], [12], [4, 8], [2, 2, 4, 4]],
        soft: ["x...........", "............", "....o...o...", "............"],
        loud: ["x...........", "....o...o...", "....x...x.o.", "............"],
        bass: [(0, 0)], stabs: [4, 8], figure: [0, 1, 2, 3, 2, 1])

    static let lightChords = (
        verse: [[0, 4, 5, 3], [0, 5, 3, 4], [0, 3, 0, 4], [0, 2, 3, 4], [0, 5, 1, 4]],
        chorus: [[3, 4, 0, 5], [0, 4, 5, 3], [3, 0, 4, 5], [0, 3, 5, 4]],
        bridge: [[5, 3, 1, 4], [1, 4, 2, 5], [3, 2, 1, 4]]
    )
    static let darkChords = (
        verse: [[0, 5, 2, 6], [0, 3, 5, 6], [0, 6, 5, 6], [0, 2, 3, 5]],
        chorus: [[5, 2, 6, 0], [5, 6, 0, 2], [0, 5, 2, 6], [3, 5, 0, 6]],
        bridge: [[3, 0, 5, 6], [2, 6, 3, 5], [5, 3, 0, 6]]
    )
}
