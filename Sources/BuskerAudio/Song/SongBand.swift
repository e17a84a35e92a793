// Who plays in each style: instruments, places and rooms.

import CBuskerDSP

/// The band of a style: an instrument for every part, and the room they play in.
struct SongBand {
    var parts: [SongPart: busker_song_part] = [:]
    var room = 1.6
    var damping = 0.4
    /// Echo, in sixteenths.
    var echo = 6.0
    var tone = 20_000.0
    var warmth = 0.0

    /// The parts in the order of their numbers.
    var list: [busker_song_part] { SongPart.allCases.map { parts[$0] ?? Self.silence } }

    private static let silence = busker_song_part()

    static func of(_ style: SongStyle) -> SongBand {
        var band = SongBand()
        band.parts = [
            .kick: kick(52, 2.6, decay: 0.4, gain: 0.62), .snare: snare(185, decay: 0.26, noise: 0.6, gain: 0.5),
            .hat: hat(7_500, decay: 0.09, gain: 0.34), .other: hat(3_500, decay: 0.06, gain: 0.24),
            .bass: analog(600, gain: 0.34, plain: 0.35, sweep: 1.8, decay: 1.4, sustain: 0.5),
            .chords: pad(2_000, gain: 0.2), .pluck: string(0.7, decay: 3, gain: 0.42, pan: 0.35),
            .melody: wind(0.6, gain: 0.44, breath: 0.1), .answer: wind(0.45, gain: 0.24, breath: 0.08),
        ]
        switch style {
        case .ballad: ballad(&band)
        case .folk: folk(&band)
        case .house: house(&band)
        case .lofi: lofi(&band)
        case .march: march(&band)
        case .waltz: waltz(&band)
        }
        return band
    }

    private static func ballad(_ band: inout SongBand) {
        (band.room, band.damping) = (2.4, 0.45)
        band.parts[.pluck] = tine(1.6, decay: 3.5, gain: 0.32, pan: -0.2)
        band.parts[.melody] = wind(0.65, gain: 0.44, breath: 0.08)
        band.parts[.kick] = kick(50, 2, decay: 0.35, gain: 0.5)
        band.parts[.snare] = snare(170, decay: 0.3, noise: 0.7, gain: 0.42)
    }

    private static func folk(_ band: inout SongBand) {
        (band.room, band.damping) = (1.1, 0.35)
        band.parts[.chords] = string(0.75, decay: 2.2, gain: 0.3, pan: -0.55)
        band.parts[.pluck] = string(0.85, decay: 2.8, gain: 0.46, pan: 0.5)
        band.parts[.bass] = string(0.4, decay: 5, gain: 0.7, pan: 0, place: 0.3)
        band.parts[.kick] = kick(58, 1.6, decay: 0.3, gain: 0.6)
        band.parts[.snare] = snare(220, decay: 0.16, noise: 0.8, gain: 0.3)
        band.parts[.hat] = hat(5_500, decay: 0.07, gain: 0.26)
    }

    private static func house(_ band: inout SongBand) {
        (band.room, band.damping, band.echo) = (1.4, 0.3, 3)
        band.parts[.chords] = pad(3_600, gain: 0.21, attack: 0.004, duck: 0.5)
        band.parts[.pluck] = analog(2_200, gain: 0.24, plain: 0, sweep: 2, decay: 0.35, sustain: 0, square: 0.7)
        band.parts[.pluck]?.echo = 0.3
        band.parts[.pluck]?.duck = 0.3
        band.parts[.bass] = analog(450, gain: 0.36, plain: 0.3, sweep: 2, decay: 0.6, sustain: 0.35, square: 0.3)
        band.parts[.bass]?.duck = 0.45
        band.parts[.kick] = kick(50, 3, decay: 0.4, gain: 0.72)
        band.parts[.snare] = snare(200, decay: 0.2, noise: 0.85, gain: 0.5)
        band.parts[.melody] = analog(3_400, gain: 0.24, plain: 0.1, sweep: 1, decay: 1.2, sustain: 0.6, square: 0.5)
        band.parts[.melody]?.echo = 0.25
        band.parts[.melody]?.vibrato = 8
        band.parts[.answer] = analog(2_600, gain: 0.13, plain: 0.1, sweep: 1, decay: 1.2, sustain: 0.6, square: 0.2)
    }

    private static func lofi(_ band: inout SongBand) {
        (band.room, band.damping, band.tone, band.warmth) = (1.3, 0.6, 7_500, 0.5)
        band.parts[.chords] = tine(1.3, decay: 2.6, gain: 0.24, pan: -0.35)
        band.parts[.pluck] = string(0.55, decay: 1.6, gain: 0.36, pan: 0.55)
        band.parts[.melody] = tine(2.1, decay: 1.8, gain: 0.38, pan: 0.12)
        band.parts[.melody]?.echo = 0.25
        band.parts[.answer] = tine(1.2, decay: 1.4, gain: 0.18, pan: -0.4)
        band.parts[.kick] = kick(55, 1.8, decay: 0.32, gain: 0.6)
        band.parts[.snare] = snare(210, decay: 0.18, noise: 0.75, gain: 0.5)
        band.parts[.bass]?.cutoff = 380
    }

    private static func march(_ band: inout SongBand) {
        (band.room, band.damping) = (2.0, 0.3)
        let brass = analog(1_000, gain: 0.3, plain: 0, sweep: 2, decay: 1.5, sustain: 0.75)
        band.parts[.melody] = brass
        band.parts[.melody]?.attack = 0.035
        band.parts[.melody]?.detune = 7
        band.parts[.melody]?.width = 0.4
        band.parts[.answer] = brass
        band.parts[.answer]?.gain = 0.17
        band.parts[.answer]?.attack = 0.045
        band.parts[.chords] = pad(1_600, gain: 0.2, attack: 0.02)
        band.parts[.pluck] = wind(0.55, gain: 0.2, breath: 0.12)
        band.parts[.pluck]?.pan = 0.35
        band.parts[.snare] = snare(240, decay: 0.13, noise: 0.8, gain: 0.55)
        band.parts[.hat] = hat(4_500, decay: 0.5, gain: 0.24)
        band.parts[.kick] = kick(62, 1.2, decay: 0.4, gain: 0.6)
    }

    private static func waltz(_ band: inout SongBand) {
        (band.room, band.damping) = (2.2, 0.4)
        band.parts[.chords] = pad(2_200, gain: 0.2, attack: 0.05)
        band.parts[.pluck] = string(0.75, decay: 4, gain: 0.44, pan: 0.45, place: 0.4)
        band.parts[.melody] = analog(2_400, gain: 0.28, plain: 0.1, sweep: 0.6, decay: 3, sustain: 0.85)
        band.parts[.melody]?.attack = 0.07
        band.parts[.melody]?.vibrato = 18
        band.parts[.melody]?.detune = 5
        band.parts[.kick] = kick(56, 1.4, decay: 0.3, gain: 0.45)
        band.parts[.snare] = snare(230, decay: 0.12, noise: 0.8, gain: 0.26)
    }
}

/// The instruments that bands are made of.
extension SongBand {
    private static func part(_ sound: busker_song_sound, gain: Double, room: Double) -> busker_song_part {
        var part = busker_song_part()
        part.sound = sound
        part.gain = Float(gain)
        part.room = Float(room)
        part.resonance = 0.8
        return part
    }

    private static func string(
        _ colour: Double, decay: Double, gain: Double, pan: Double, place: Double = 0.18
    ) -> busker_song_part {
        var part = part(BUSKER_SONG_STRING, gain: gain, room: 0.25)
        (part.colour, part.decay, part.release) = (Float(colour), Float(decay), 0.35)
        (part.pan, part.width, part.shape) = (Float(pan), pan == 0 ? 0 : 0.25, Float(place))
        return part
    }

    private static func tine(_ index: Double, decay: Double, gain: Double, pan: Double) -> busker_song_part {
        var part = part(BUSKER_SONG_TINE, gain: gain, room: 0.3)
        (part.shape, part.colour, part.decay, part.release) = (Float(index), 0.6, Float(decay), 0.5)
        (part.attack, part.pan, part.width) = (0.003, Float(pan), 0.4)
        return part
    }

    private static func wind(_ colour: Double, gain: Double, breath: Double) -> busker_song_part {
        var part = part(BUSKER_SONG_WIND, gain: gain, room: 0.35)
        (part.colour, part.shape, part.vibrato) = (Float(colour), Float(breath), 14)
        (part.attack, part.decay, part.sustain, part.release) = (0.04, 2, 0.8, 0.25)
        return part
    }

    private static func analog(
        _ cutoff: Double, gain: Double, plain: Double, sweep: Double, decay: Double, sustain: Double,
        square: Double = 0
    ) -> busker_song_part {
        var part = part(BUSKER_SONG_ANALOG, gain: gain, room: cutoff < 600 ? 0.02 : 0.18)
        (part.cutoff, part.sweep, part.colour, part.shape) = (Float(cutoff), Float(sweep), Float(plain), Float(square))
        (part.attack, part.decay, part.sustain, part.release) = (0.006, Float(decay), Float(sustain), 0.12)
        return part
    }

    private static func pad(
        _ cutoff: Double, gain: Double, attack: Double = 0.25, duck: Double = 0
    ) -> busker_song_part {
        var part = analog(cutoff, gain: gain, plain: 0, sweep: 0.8, decay: 4, sustain: 0.8)
        (part.attack, part.release, part.duck) = (Float(attack), attack > 0.1 ? 1.2 : 0.25, Float(duck))
        (part.detune, part.width, part.room) = (14, 0.9, 0.35)
        return part
    }

    private static func kick(_ hertz: Double, _ sweep: Double, decay: Double, gain: Double) -> busker_song_part {
        var part = part(BUSKER_SONG_KICK, gain: gain, room: 0.02)
        (part.cutoff, part.sweep, part.decay, part.release) = (Float(hertz), Float(sweep), Float(decay), Float(decay))
        return part
    }

    private static func snare(_ hertz: Double, decay: Double, noise: Double, gain: Double) -> busker_song_part {
        var part = part(BUSKER_SONG_SNARE, gain: gain, room: 0.16)
        (part.cutoff, part.shape, part.colour) = (Float(hertz), Float(noise), 0.75)
        (part.decay, part.release) = (Float(decay), Float(decay))
        return part
    }

    private static func hat(_ hertz: Double, decay: Double, gain: Double) -> busker_song_part {
        var part = part(BUSKER_SONG_HAT, gain: gain, room: 0.05)
        (part.cutoff, part.decay, part.release, part.pan) = (Float(hertz), Float(decay), 0.6, -0.25)
        return part
    }
}
