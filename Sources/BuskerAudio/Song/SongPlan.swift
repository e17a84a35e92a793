// The form of a song: its key, tempo, sections and chords.

/// A part of a song's form.
public struct SongSection: Sendable, Hashable {
    /// What the part is for.
    public enum Kind: String, Sendable, Hashable {
        /// Before the voices come in.
        case intro
        /// The story.
        case verse
        /// What people remember.
        case chorus
        /// Something else, once.
        case bridge
        /// On the way out.
        case outro
    }

    /// What the part is for.
    public let kind: Kind
    /// Its first bar.
    public let bar: Int
    /// How many bars it has.
    public let bars: Int
    /// The second at which it begins.
    public let start: Double
}

/// Everything that is decided before the first note.
struct SongPlan: Hashable {
    let style: SongStyle
    let key: SongKey
    let sections: [SongSection]
    let bars: Int
    /// Sixteenths of a bar: 16 or 12.
    let steps: Int
    /// Frames of a sixteenth.
    let stepFrames: Double
    /// Frames before the first bar.
    let lead: Double
    /// The step of the scale under each bar; one more for the last chord.
    let chords: [Int]
    let seed: UInt64

    var beatsPerMinute: Double { 60 * 44_100 / (4 * stepFrames) }

    init(style: SongStyle, mood: SongMood, seconds: Int, seed: UInt64) {
        var random = SongRandom(seed, "plan \(style.rawValue)")
        let sheet = SongSheet.of(style)
        let dark = mood.light < 0 || mood.light == 0 && random.chance(sheet.darkness)
        let scale = random.pick(dark ? sheet.dark : sheet.light)
        key = SongKey(tonic: 55 + random.below(12), scale: scale)
        let span = sheet.tempo.upperBound - sheet.tempo.lowerBound
        let place = mood.drive == 0 ? 0.25 + 0.5 * random.share() : mood.drive > 0 ? 0.9 : 0.1
        let wanted = sheet.tempo.lowerBound + span * place
        let tail = seconds < 20 ? 2.0 : 3.5
        let music = Double(seconds) - tail
        let beats = sheet.steps / 4
        let bars = max(1, Int((music * wanted / 60 / Double(beats)).rounded()))
        lead = 0.02 * 44_100
        stepFrames = (music * 44_100 - lead) / Double(bars * sheet.steps)
        let barSeconds = stepFrames * Double(sheet.steps) / 44_100
        sections = Self.form(bars).map {
            SongSection(kind: $0.0, bar: $0.1, bars: $0.2, start: 0.02 + Double($0.1) * barSeconds)
        }
        chords = Self.harmony(sections, sheet, scale, &random)
        steps = sheet.steps
        self.bars = bars
        self.style = style
        self.seed = seed
    }

    /// Deals bars out to the parts of a form, four at a time; what is left over opens the song.
    private static func form(_ bars: Int) -> [(SongSection.Kind, Int, Int)] {
        let kinds: [SongSection.Kind] = [.intro, .verse, .chorus, .verse, .chorus, .bridge, .chorus, .outro]
        let (phrases, rest) = bars.quotientAndRemainder(dividingBy: 4)
        let order = [2, 1, 0, 2, 7, 3, 4, 1, 3, 4, 6, 6, 5, 5, 1, 3, 2, 4, 6].filter { $0 != 0 || rest < 2 }
        var lengths = [Int](repeating: 0, count: kinds.count)
        for phrase in 0..<phrases {
            lengths[phrase < order.count ? order[phrase] : order[7 + phrase % (order.count - 7)]] += 4
        }
        lengths[phrases == 0 ? 2 : 0] += rest
        var out: [(SongSection.Kind, Int, Int)] = []
        var bar = 0
        for (kind, length) in zip(kinds, lengths) where length > 0 {
            out.append((kind, bar, length))
            bar += length
        }
        return out
    }

    private static func harmony(
        _ sections: [SongSection], _ sheet: SongSheet, _ scale: SongScale, _ random: inout SongRandom
    ) -> [Int] {
        let sets = scale.isDark ? SongSheet.darkChords : SongSheet.lightChords
        let verse = random.pick(sets.verse)
        let chorus = random.pick(sets.chorus.filter { $0 != verse })
        let bridge = random.pick(sets.bridge)
        var chords: [Int] = []
        for section in sections {
            let cycle =
                switch section.kind {
                case .intro, .verse, .outro: verse
                case .chorus: chorus
                case .bridge: bridge
                }
            for bar in 0..<section.bars { chords.append(cycle[bar % cycle.count]) }
            // The last bar of a part leads on.
            if section.bars > 1, section.kind != .intro { chords[chords.count - 1] = scale.cadence }
        }
        if chords.count > 1 { chords[chords.count - 1] = scale.cadence }
        return chords + [0]
    }

    /// The part of the form that a bar belongs to; the last one behind the end.
    func section(at bar: Int) -> SongSection? { sections.last { $0.bar <= bar } }

    /// The frame of a sixteenth; every second eighth or sixteenth comes late in swung styles.
    func frame(_ step: Double, swing: Double) -> Double {
        let pair = (step / 2).rounded(.down)
        let late = step - 2 * pair
        return lead + (2 * pair + (late < 1 ? late * (1 + swing) : 1 + swing + (late - 1) * (1 - swing))) * stepFrames
    }
}
