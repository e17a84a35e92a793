// The melody of a song: motifs that come back, bent to the chords beneath.

/// A rhythm of one bar and how it moves, out of which phrases are made.
struct SongMotif {
    /// Lengths in sixteenths; negative ones are rests.
    var rhythm: [Int]
    /// Places of the scale relative to where the phrase begins, one for each length.
    var contour: [Int]

    init(_ rhythm: [Int], _ random: inout SongRandom) {
        self.rhythm = rhythm
        var place = random.pick([0, 0, 2])
        var leapt = 0
        contour = rhythm.map { _ in
            defer {
                // After a leap it goes back by steps.
                let move = leapt != 0 ? (leapt > 0 ? -1 : 1) : random.pick([-2, -1, -1, 0, 1, 1, 2, 3, -3])
                leapt = abs(move) > 2 ? move : 0
                place = min(max(place + move, -3), 5)
            }
            return place
        }
    }
}

/// Composes the melody of every part of the form.
struct SongMelody {
    private let plan: SongPlan
    private let sheet: SongSheet
    private let motifs: [SongSection.Kind: (SongMotif, SongMotif)]

    init(_ plan: SongPlan) {
        self.plan = plan
        sheet = SongSheet.of(plan.style)
        var motifs: [SongSection.Kind: (SongMotif, SongMotif)] = [:]
        for kind in [SongSection.Kind.intro, .verse, .chorus, .bridge, .outro] {
            var random = SongRandom(plan.seed, "motif \(kind.rawValue)")
            let first = SongMotif(random.pick(sheet.rhythms), &random)
            motifs[kind] = (first, SongMotif(random.pick(sheet.rhythms), &random))
        }
        self.motifs = motifs
    }

    func compose(into score: inout SongScore) {
        for section in plan.sections where section.kind != .intro && (section.kind != .outro || section.bars > 2) {
            // Every verse has the same tune, every chorus too.
            var random = SongRandom(plan.seed, "tune \(section.kind.rawValue)")
            let shifts = [0, random.pick([0, 1, -1]), random.pick([0, 2]), 0]
            for bar in 0..<section.bars {
                play(bar, of: section, shift: shifts[bar % 4], into: &score)
            }
        }
        let last = Double(plan.bars * plan.steps)
        score.add(.melody, at: last, for: Double(plan.steps), plan.key.pitch(settled(7, 0)), 0.75)
    }

    private func play(_ bar: Int, of section: SongSection, shift: Int, into score: inout SongScore) {
        guard let pair = motifs[section.kind] else { return }
        let ends = bar % 4 == 3 || bar == section.bars - 1
        let motif = bar % 4 == 2 ? pair.1 : pair.0
        let chord = plan.chords[section.bar + bar]
        let home = section.kind == .chorus ? 9 : section.kind == .bridge ? 8 : 7
        let rhythm = ends ? [4, 4, plan.steps - 8] : motif.rhythm
        let begin = Double((section.bar + bar) * plan.steps)
        let loud = section.kind == .chorus ? 0.85 : section.kind == .verse ? 0.7 : 0.62
        var step = 0
        for (at, length) in rhythm.enumerated() {
            defer { step += abs(length) }
            guard length > 0 else { continue }
            let wanted = home + shift + motif.contour[at % motif.contour.count]
            let isStrong = step % 8 == 0 || length >= 6
            let place = settled(isStrong ? SongKey.snap(wanted, to: chord) : wanted, isStrong ? chord : nil)
            let force = loud * (step % 8 == 0 ? 1 : step % 4 == 0 ? 0.9 : 0.8)
            let breath = ends && at == rhythm.count - 1 ? 0.75 : 0.92
            let pitch = plan.key.pitch(place)
            score.add(.melody, at: begin + Double(step), for: Double(length) * breath, pitch, force)
            // A second voice a third below joins long notes of the chorus.
            if section.kind == .chorus, length >= 4, isStrong {
                let below = SongKey.snap(place - 2, to: chord)
                score.add(
                    .answer, at: begin + Double(step), for: Double(length) * breath, plan.key.pitch(below), force * 0.7)
            }
        }
    }

    /// Brings a place into the range of the melody, 62...86, without leaving the chord.
    private func settled(_ place: Int, _ chord: Int?) -> Int {
        var place = chord.map { SongKey.snap(place, to: $0) } ?? place
        while plan.key.pitch(place) > 84 { place -= 7 }
        while plan.key.pitch(place) < 62 { place += 7 }
        return place
    }
}
