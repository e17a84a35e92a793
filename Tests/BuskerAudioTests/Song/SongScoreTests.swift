// Songs as scores: form, scale, chords, melody, and what prompts do to them.

import CBuskerDSP
import Testing

@testable import BuskerAudio

@Suite struct SongScoreTests {
    private static func score(_ song: ProceduralSong) -> SongScore {
        var score = SongScore()
        SongMelody(song.plan).compose(into: &score)
        var backing = SongBacking(song.plan)
        backing.compose(into: &score)
        return score
    }

    private static func songs(_ style: SongStyle) throws -> [ProceduralSong] {
        var songs: [ProceduralSong] = []
        for (at, seconds) in [10, 13, 20, 45, 90, 180, 285].enumerated() {
            for seed in 0..<4 as Range<UInt64> {
                songs.append(try ProceduralSong(seed: seed * 7 + UInt64(at), seconds: seconds, style: style))
            }
        }
        return songs
    }

    @Test(arguments: SongStyle.allCases)
    func everyNoteIsInTheScaleAndInItsTime(style: SongStyle) throws {
        for song in try Self.songs(style) {
            let plan = song.plan
            let name = "\(style), seed \(song.seed), \(song.seconds) s"
            let scale = Set(plan.key.scale.steps.map { ($0 + plan.key.tonic) % 12 })
            let score = Self.score(song)
            let pitched: Set<SongPart> = [.melody, .answer, .chords, .pluck, .bass]
            let outside = score.notes.filter { pitched.contains($0.part) && !scale.contains($0.pitch % 12) }
            #expect(outside.isEmpty, "\(name)")
            let high = score.notes.filter { $0.part == .melody && !(62...84).contains($0.pitch) }
            #expect(high.isEmpty, "\(name)")
            let low = score.notes.filter { $0.part == .bass && !(31...42).contains($0.pitch) }
            #expect(low.isEmpty, "\(name)")
            let played = score.played(plan)
            #expect(played.count < Int(BUSKER_SONG_NOTES_MAX) / 10)
            #expect(zip(played, played.dropFirst()).allSatisfy { $0.start <= $1.start })
            #expect(Int(try #require(played.last).start) < song.seconds * 44_100 - 44_100)
        }
    }

    @Test(arguments: SongStyle.allCases)
    func theFormFillsTheSongAndEndsOnItsTonic(style: SongStyle) throws {
        let sheet = SongSheet.of(style)
        for song in try Self.songs(style) {
            let plan = song.plan
            let name = "\(style), seed \(song.seed), \(song.seconds) s"
            var bar = 0
            for section in song.sections {
                #expect(section.bar == bar && section.bars > 0, "\(name)")
                bar += section.bars
            }
            #expect(bar == plan.bars && plan.chords.count == bar + 1, "\(name)")
            #expect(song.sections.contains { $0.kind == .chorus }, "\(name)")
            #expect(plan.chords.last == 0 && (plan.bars < 2 || plan.chords[bar - 1] == plan.key.scale.cadence))
            // A short song bends its tempo so that whole bars fit.
            let slack = song.seconds < 20 ? 1.35 : 1.12
            let tempo = (sheet.tempo.lowerBound / slack)...(sheet.tempo.upperBound * slack)
            #expect(tempo.contains(song.beatsPerMinute), "\(name): \(song.beatsPerMinute)")
            let last = Self.score(song).notes.filter { $0.part == .melody }.max { $0.step < $1.step }
            #expect(try #require(last).pitch % 12 == plan.key.tonic % 12, "\(name)")
        }
    }

    @Test func chordsMoveByLittle() throws {
        for style in SongStyle.allCases {
            for song in try Self.songs(style) {
                var (last, most) = ([Int](), 0)
                for chord in song.plan.chords {
                    let next = song.plan.key.voicing(chord, after: last, notes: 3)
                    most = max(most, zip(last, next).reduce(0) { $0 + abs($1.0 - $1.1) })
                    if next.count != 3 || next != next.sorted() { most = .max }
                    last = next
                }
                // Three notes that move by a fourth on the average at most.
                #expect(most <= 12, "\(style), seed \(song.seed)")
            }
        }
    }

    @Test func verseAndChorusComeBackAsTheyWere() throws {
        let song = try ProceduralSong(seed: 4, seconds: 285, style: .folk)
        let score = Self.score(song)
        for kind in [SongSection.Kind.verse, .chorus] {
            let tunes = song.sections.filter { $0.kind == kind && $0.bars >= 4 }.map { section in
                let begin = Double(section.bar * song.plan.steps)
                return score.notes.filter {
                    $0.part == .melody && $0.step >= begin && $0.step < begin + Double(3 * song.plan.steps)
                }.map { [$0.step - begin, Double($0.pitch)] }
            }
            #expect(tunes.count > 1 && tunes.allSatisfy { $0 == tunes[0] && $0.count > 5 })
        }
    }

    @Test(arguments: [
        ("a sad, slow piano BALLAD in the rain", SongStyle.ballad, true), ("행복한 왈츠", .waltz, false),
        ("신나는 하우스, 이별", .house, true), ("happy folk song", .folk, false), ("lonely lo-fi", .lofi, true),
    ])
    func wordsChooseStyleAndMode(prompt: String, style: SongStyle, isDark: Bool) throws {
        for seed in 0..<8 as Range<UInt64> {
            let song = try ProceduralSong(prompt: prompt, seed: seed, seconds: 30)
            #expect(song.style == style)
            #expect(song.plan.key.scale.isDark == isDark)
            #expect(try ProceduralSong(prompt: prompt, seed: seed, seconds: 30, style: .march).style == .march)
        }
        let (slow, fast) = (SongMood("slow and calm"), SongMood("fast"))
        #expect(slow.drive < 0 && fast.drive > 0)
    }

    @Test(arguments: ["", "\u{0}", "🎸👩‍👩‍👧‍👦", "\u{202E}abc", "e\u{301}", String(repeating: "x", count: 2_000)])
    func anyTextMakesASongOfItsOwn(prompt: String) throws {
        let song = try ProceduralSong(prompt: prompt, seed: 9, seconds: 60)
        #expect(song == (try ProceduralSong(prompt: prompt, seed: 9, seconds: 60)))
        #expect(
            song.plan.seed
                != (try ProceduralSong(prompt: prompt + "y".prefix(prompt.count < 2_000 ? 1 : 0), seed: 10, seconds: 60))
                .plan.seed)
    }

    @Test func seedsMakeDifferentSongs() throws {
        var seen: Set<[[Double]]> = []
        for seed in 0..<100 as Range<UInt64> {
            let song = try ProceduralSong(seed: seed, seconds: 30, style: .ballad)
            seen.insert(Self.score(song).notes.filter { $0.part == .melody }.map { [$0.step, Double($0.pitch)] })
        }
        #expect(seen.count == 100)
    }
}
