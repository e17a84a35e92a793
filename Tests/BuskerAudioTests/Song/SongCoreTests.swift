// The player of songs: tuning, blocks, peaks, and the heap left alone.

import CAllocationCount
import CBuskerDSP
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// A player of a few notes.
@safe private final class Player {
    private let song: OpaquePointer

    init(_ parts: [busker_song_part], _ notes: [busker_song_note], frames: Int = 10 * 44_100) throws {
        var config = busker_song_config(
            frames: UInt32(frames), fade: 10, room_seconds: 1, room_damping: 0.5, echo_seconds: 0.3, tone: 20_000,
            warmth: 0, seed: 1)
        var made: OpaquePointer?
        let status = unsafe busker_song_create(&config, parts, parts.count, notes, notes.count, &made)
        #expect(status == BUSKER_OK)
        let song = unsafe try #require(unsafe made)
        unsafe self.song = unsafe song
    }

    deinit { unsafe busker_song_destroy(song) }

    func rewind(_ drive: Float, _ ceiling: Float = 1) {
        let status = unsafe busker_song_rewind(song, drive, ceiling, 1)
        #expect(status == BUSKER_OK)
    }

    /// What two times of playing take from the heap, and how often they fail.
    func taken() -> UInt64 {
        let count = 2 * 20_000
        let buffer = UnsafeMutablePointer<Float>.allocate(capacity: count)
        defer { unsafe buffer.deallocate() }
        var failures = 0
        let before = allocation_count()
        unsafe failures += fails(busker_song_rewind(song, 2, 0.8, 1))
        unsafe failures += fails(busker_song_play(song, buffer, count))
        unsafe failures += fails(busker_song_rewind(song, 0, 1, 1))
        unsafe failures += fails(busker_song_play(song, buffer, count))
        return UInt64(allocation_count() - before) + UInt64(failures)
    }

    func play(_ out: inout [Float], _ range: Range<Int>) {
        let song = unsafe song
        let status = unsafe out.withUnsafeMutableBufferPointer {
            let part = unsafe UnsafeMutableBufferPointer(rebasing: $0[range])
            return unsafe busker_song_play(song, part.baseAddress, part.count)
        }
        if status != BUSKER_OK { Issue.record("The player failed.") }
    }
}

@Suite struct SongCoreTests {
    private static func part(_ sound: busker_song_sound) -> busker_song_part {
        var part = busker_song_part()
        part.sound = sound
        (part.gain, part.attack, part.decay, part.sustain, part.release) = (0.5, 0.002, 4, 0.7, 0.2)
        (part.cutoff, part.sweep, part.resonance, part.shape, part.colour) = (400, 1, 1, 0.2, 0.7)
        part.room = 0.2
        return part
    }

    private static func note(_ pitch: Float, _ part: UInt32 = 0, at start: UInt32 = 0) -> busker_song_note {
        busker_song_note(start: start, length: 80_000, pitch: pitch, velocity: 0.8, part: part)
    }

    /// The phase of a frequency around a frame, in turns.
    private static func phase(_ samples: [Float], _ hertz: Double, at centre: Int, over half: Int) -> Double {
        var (re, im) = (0.0, 0.0)
        for frame in (centre - half)..<(centre + half) {
            let window = 0.5 + 0.5 * cos(.pi * Double(frame - centre) / Double(half))
            let angle = 2 * .pi * hertz * Double(frame) / 44_100
            re += window * Double(samples[2 * frame]) * cos(angle)
            im -= window * Double(samples[2 * frame]) * sin(angle)
        }
        return atan2(im, re) / (2 * .pi)
    }

    @Test(arguments: [28, 33, 40, 45, 52, 57, 64, 69, 76, 81, 88, 93] as [Float])
    func stringsAreInTune(pitch: Float) throws {
        var part = Self.part(BUSKER_SONG_STRING)
        part.room = 0
        let player = try Player([part], [Self.note(pitch)])
        var samples = [Float](repeating: 0, count: 2 * 30_000)
        player.play(&samples, 0..<samples.count)
        let hertz = 440 * exp2((Double(pitch) - 69) / 12)
        let (first, step) = (6_000, 2_000)
        var turned = 0.0
        for at in 0..<4 {
            var change =
                Self.phase(samples, hertz, at: first + (at + 1) * step, over: 4_000)
                - Self.phase(samples, hertz, at: first + at * step, over: 4_000)
            change -= change.rounded()
            turned += change
        }
        let error = 1_200 * log2(1 + turned * 44_100 / Double(4 * step) / hertz)
        #expect(abs(error) < 3, "\(error) cents at \(pitch)")
    }

    private static let sounds = [
        BUSKER_SONG_STRING, BUSKER_SONG_ANALOG, BUSKER_SONG_TINE, BUSKER_SONG_WIND, BUSKER_SONG_KICK,
        BUSKER_SONG_SNARE, BUSKER_SONG_HAT,
    ]

    private static func band() throws -> Player {
        let notes = (0..<40).map { note(Float(40 + $0), UInt32($0 % sounds.count), at: UInt32($0 * 3_001)) }
        return try Player(sounds.map(part), notes)
    }

    @Test func blocksDoNotMatter() throws {
        let player = try Self.band()
        for drive in [0, 3] as [Float] {
            var whole = [Float](repeating: 0, count: 2 * 140_000)
            player.rewind(drive)
            player.play(&whole, 0..<whole.count)
            var parts = [Float](repeating: 1, count: whole.count)
            player.rewind(drive)
            var at = 0
            var length = 2
            while at < parts.count {
                let end = min(at + length, parts.count)
                player.play(&parts, at..<end)
                at = end
                length = length % 1_000 + 34
            }
            #expect(parts == whole)
            #expect(whole.contains { abs($0) > 0.1 })
        }
    }

    @Test(arguments: [0.1, 0.8] as [Float])
    func nothingIsAboveTheCeiling(ceiling: Float) throws {
        let player = try Self.band()
        var samples = [Float](repeating: 0, count: 2 * 140_000)
        player.rewind(50, ceiling)
        player.play(&samples, 0..<samples.count)
        var config = busker_loudness_config(
            sample_rate: 44_100, channels: 2, range: false, maxima: false, true_peak: true, exact: false)
        var meter: OpaquePointer?
        var heard = busker_loudness_result()
        #expect(unsafe busker_loudness_create(&config, &meter) == BUSKER_OK)
        #expect(unsafe busker_loudness_push(meter, samples, samples.count) == BUSKER_OK)
        #expect(unsafe busker_loudness_read(meter, &heard) == BUSKER_OK)
        unsafe busker_loudness_destroy(meter)
        #expect(heard.sample_peak <= Double(ceiling) && heard.sample_peak > 0.9 * Double(ceiling))
        #expect(heard.true_peak <= Double(ceiling) * 1.06, "\(heard.true_peak)")
    }

    @Test(.enabled(if: allocation_count_works())) func playingTakesNothingFromTheHeap() throws {
        #expect(try Self.band().taken() == 0)
    }

    @Test func badScoresAreRefusedAndBadPartsAreHeld() throws {
        func status(_ notes: [busker_song_note], frames: UInt32 = 100) -> busker_status {
            var config = busker_song_config(
                frames: frames, fade: 10, room_seconds: 1, room_damping: 0.5, echo_seconds: 0.3, tone: 20_000,
                warmth: 0, seed: 1)
            var made: OpaquePointer?
            let parts = [Self.part(BUSKER_SONG_STRING)]
            let status = unsafe busker_song_create(&config, parts, 1, notes, notes.count, &made)
            unsafe busker_song_destroy(made)
            return status
        }
        #expect(status([Self.note(60)]) == BUSKER_OK)
        #expect(status([]) == BUSKER_OK)
        for pitch in [23.9, 108.1, Float.nan, .infinity] { #expect(status([Self.note(pitch)]) == BUSKER_BAD_ARGUMENT) }
        #expect(status([Self.note(60, 1)]) == BUSKER_BAD_ARGUMENT)
        #expect(status([Self.note(60, at: 5), Self.note(60, at: 4)]) == BUSKER_BAD_ARGUMENT)
        #expect(status([Self.note(60)], frames: 5) == BUSKER_BAD_ARGUMENT)
        for sound in Self.sounds {
            for wild in [Float.nan, .infinity, -.infinity, 1e30, -1e30] {
                let part = busker_song_part(
                    sound: sound, gain: wild, pan: wild, width: wild, room: wild, echo: wild, duck: wild, attack: wild,
                    decay: wild, sustain: wild, release: wild, cutoff: wild, sweep: wild, resonance: wild,
                    shape: wild, colour: wild, detune: wild, vibrato: wild)
                let player = try Player([part], [Self.note(24), Self.note(108)])
                var samples = [Float](repeating: 0, count: 4_000)
                player.play(&samples, 0..<samples.count)
                #expect(samples.allSatisfy { $0.isFinite && abs($0) < 100 }, "\(sound) \(wild)")
            }
        }
    }
}
