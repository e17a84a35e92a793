// What accompanies a song: chords, figures, bass and drums.

/// Composes everything but the melody.
struct SongBacking {
    private let plan: SongPlan
    private let sheet: SongSheet
    private var random: SongRandom

    init(_ plan: SongPlan) {
        self.plan = plan
        sheet = SongSheet.of(plan.style)
        random = SongRandom(plan.seed, "backing")
    }

    mutating func compose(into score: inout SongScore) {
        var voicing: [Int] = []
        for bar in 0..<plan.bars {
            guard let section = plan.section(at: bar) else { continue }
            let chord = plan.chords[bar]
            voicing = plan.key.voicing(chord, after: voicing, notes: plan.style == .lofi ? 4 : 3)
            let begin = Double(bar * plan.steps)
            let inSection = bar - section.bar
            playChords(voicing, begin, section, into: &score)
            if section.kind != .bridge || plan.style != .march { playFigure(voicing, begin, section, into: &score) }
            if section.kind != .intro || inSection >= section.bars / 2 {
                playBass(chord, begin, section, next: plan.chords[bar + 1], into: &score)
            }
            let isLast = inSection == section.bars - 1
            playDrums(begin, section, fills: isLast && bar != plan.bars - 1 && section.bars > 2, into: &score)
        }
        end(voicing, into: &score)
    }

    private func playChords(_ voicing: [Int], _ begin: Double, _ section: SongSection, into score: inout SongScore) {
        let force = section.kind == .chorus ? 0.8 : section.kind == .verse ? 0.62 : 0.55
        if sheet.stabs.isEmpty || section.kind == .bridge || section.kind == .intro {
            for pitch in voicing { score.add(.chords, at: begin, for: Double(plan.steps) * 0.97, pitch, force * 0.9) }
            return
        }
        for (at, stab) in sheet.stabs.enumerated() {
            let end = at + 1 < sheet.stabs.count ? sheet.stabs[at + 1] : plan.steps
            let share = plan.style == .lofi ? 0.9 : 0.55
            for (voice, pitch) in voicing.enumerated() {
                score.add(
                    .chords, at: begin + Double(stab), for: Double(end - stab) * share, pitch,
                    force * (at == 0 ? 1 : 0.85), late: Double(voice) * (plan.style == .folk ? 420 : 60))
            }
        }
    }

    private func playFigure(_ voicing: [Int], _ begin: Double, _ section: SongSection, into score: inout SongScore) {
        if section.kind == .verse, plan.style == .house { return }
        let force = section.kind == .chorus ? 0.72 : 0.6
        var step = 0
        var at = 0
        while step < plan.steps {
            let place = sheet.figure[at % sheet.figure.count]
            if place >= 0 {
                let pitch = place < voicing.count ? voicing[place] : voicing[place - voicing.count] + 12
                let accent = step % 4 == 0 ? 1 : 0.82
                score.add(
                    .pluck, at: begin + Double(step), for: Double(sheet.figureStep) * 2.2, pitch, force * accent)
            }
            step += sheet.figureStep
            at += 1
        }
    }

    private func playBass(
        _ chord: Int, _ begin: Double, _ section: SongSection, next: Int, into score: inout SongScore
    ) {
        let force = section.kind == .chorus ? 0.85 : 0.72
        let beats = section.kind == .bridge || section.kind == .intro ? Array(sheet.bass.prefix(1)) : sheet.bass
        for (at, beat) in beats.enumerated() {
            let end = at + 1 < beats.count ? beats[at + 1].step : plan.steps
            score.add(
                .bass, at: begin + Double(beat.step), for: Double(end - beat.step) * 0.9,
                low(plan.key.pitch(chord + beat.place)), force * (at == 0 ? 1 : 0.88))
        }
        // A step leads into the next chord where the root moves by more than a third.
        let distance = next - chord
        if section.kind == .chorus, abs(distance) > 2, plan.style != .house, sheet.bass.count > 1 {
            let place = next + (distance > 0 ? -1 : 1)
            score.add(.bass, at: begin + Double(plan.steps - 2), for: 1.8, low(plan.key.pitch(place)), force * 0.8)
        }
    }

    /// The same note between 31 and 42.
    private func low(_ pitch: Int) -> Int { 31 + ((pitch - 31) % 12 + 12) % 12 }

    private mutating func playDrums(_ begin: Double, _ section: SongSection, fills: Bool, into score: inout SongScore) {
        let isLoud = section.kind == .chorus
        if section.kind == .intro || section.kind == .outro && plan.style == .ballad { return }
        let rows = isLoud ? sheet.loud : sheet.soft
        let parts: [SongPart] = [.kick, .snare, .hat, .other]
        for (part, row) in zip(parts, rows) {
            if section.kind == .bridge, part == .kick || part == .snare { continue }
            for (step, mark) in row.utf8.enumerated() where mark != UInt8(ascii: ".") {
                if fills, step >= plan.steps - 4, part != .hat { continue }
                let isStrong = mark == UInt8(ascii: "x")
                // Now and then a soft stroke is left out.
                if !isStrong, random.chance(0.08) { continue }
                let rings = part == .hat && isStrong && step % 4 == 2 && isLoud
                score.add(
                    part, at: begin + Double(step), for: 1, rings ? 78 : 60,
                    (isStrong ? 0.9 : 0.5) * (isLoud ? 1 : 0.85))
            }
        }
        if fills, section.kind != .outro {
            for step in 0..<4 {
                score.add(
                    .snare, at: begin + Double(plan.steps - 4 + step), for: 1, 60, 0.35 + 0.14 * Double(step))
            }
        }
    }

    /// The last chord, rolled upwards, which rings until the fade has ended.
    private func end(_ last: [Int], into score: inout SongScore) {
        let begin = Double(plan.bars * plan.steps)
        let long = Double(plan.steps) * 1.5
        let voicing = plan.key.voicing(0, after: last, notes: 3)
        for (at, pitch) in voicing.enumerated() {
            score.add(.chords, at: begin, for: long, pitch, 0.7, late: Double(at) * 300)
            score.add(.pluck, at: begin, for: long, pitch + 12, 0.6, late: Double(at) * 900)
        }
        score.add(.bass, at: begin, for: long, low(plan.key.pitch(0)), 0.85)
        score.add(.kick, at: begin, for: 1, 60, 0.9)
        score.add(.hat, at: begin, for: 1, 90, 0.6)
    }
}
