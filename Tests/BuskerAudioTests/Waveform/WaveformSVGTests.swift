// Drawings: well formed, within their frame, the same every time.

import Testing

@testable import BuskerAudio

@Suite struct WaveformSVGTests {
    static let styles: [WaveformSVG.Style] = [
        .bars(.init()), .bars(.init(width: 2, gap: 0, rounded: false, minimumHeight: 0)), .oneSided(.init()), .envelope,
        .line(.init()), .line(.init(thickness: 3, points: 20)), .radial(.init(bars: 48)),
        .radial(.init(bars: 60, innerRadius: 0, seamFade: 0, gap: 0, rounded: false)),
    ]

    private func wave(_ channels: Int = 1, count: Int = 300, rms: Bool = true) -> Waveform {
        var generator = Seeded(5)
        let highs = (0..<(count * channels)).map { _ in Int16.random(in: 0...30_000, using: &generator) }
        return Waveform(
            sampleRate: 8000, samplesPerPoint: 10, channels: channels, frames: 10 * count,
            peaks: highs.flatMap { [-$0, $0] },
            meanSquares: rms ? highs.map { Float($0) / 32_768 * Float($0) / 98_304 } : [])
    }

    /// All numbers of all paths with the letters before them.
    private func numbers(_ svg: String) -> [(command: Character, values: [Double])] {
        svg.split(separator: " d=\"").dropFirst().flatMap { rest -> [(Character, [Double])] in
            var commands: [(Character, [Double])] = []
            for character in rest.prefix(while: { $0 != "\"" }) {
                if character.isLetter { commands.append((character, [])) }
            }
            let runs = rest.prefix { $0 != "\"" }.split { $0.isLetter }
            for (at, run) in runs.enumerated() where at < commands.count {
                let spaced = run.reduce(into: "") { $0 += $1 == "-" ? " -" : String($1) }
                commands[at].1 = spaced.split(separator: " ").compactMap { Double($0) }
            }
            return commands
        }
    }

    @Test(arguments: styles, [1, 2])
    func everyStyleStaysInItsFrame(style: WaveformSVG.Style, channels: Int) throws {
        for (rms, shows) in [(true, WaveformSVG.Height.blend), (true, .peakAndRMS), (false, .blend), (true, .peak)] {
            var drawing = WaveformSVG(style, width: 240, height: 100)
            drawing.shows = shows
            drawing.progress = 0.4
            let svg = try drawing.render(wave(channels, rms: rms))
            #expect(try svg == drawing.render(wave(channels, rms: rms)))
            #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"240\" height=\"100\""))
            #expect(svg.hasSuffix("</svg>\n") && !svg.contains("nan") && !svg.contains("inf"))
            let commands = numbers(svg)
            #expect(commands.count > 20)
            for (command, values) in commands {
                if command == "V" {
                    #expect(values.count == 1 && (0...100).contains(values[0]))
                } else if command != "Z" {
                    #expect(values.count == 2 && (0...240).contains(values[0]) && (0...100).contains(values[1]))
                }
            }
            #expect(svg.contains("\(drawing.playedColor)") && svg.contains("\(drawing.color)"))
            #expect(svg.contains("\(drawing.rmsColor)") == (shows == .peakAndRMS && hasInside(style)))
        }
    }

    private func hasInside(_ style: WaveformSVG.Style) -> Bool {
        if case .line = style { return false }
        return true
    }

    @Test func barsShowTheirHeights() throws {
        let waveform = Waveform(
            sampleRate: 1, samplesPerPoint: 2, channels: 1, frames: 6, peaks: [-100, 8000, -16_000, 16_000, 0, 0])
        var drawing = WaveformSVG(
            .bars(.init(width: 10, gap: 10, rounded: false, minimumHeight: 2)), width: 50, height: 40)
        #expect(
            numbers(try drawing.render(waveform)).map(\.values) == [[5, 30], [10], [25, 40], [0], [45, 21], [19]])
        drawing.style = .oneSided(.init(width: 10, gap: 10, rounded: true, minimumHeight: 2))
        #expect(
            numbers(try drawing.render(waveform)).map(\.values) == [[5, 35], [25], [25, 35], [5], [45, 35], [35]])
        drawing.fillsHeight = false
        #expect(numbers(try drawing.render(waveform)).map(\.values)[3] == [25.47])
    }

    @Test func blendKeepsTheShapeOfDenseMusic() throws {
        let waveform = Waveform(
            sampleRate: 1, samplesPerPoint: 2, channels: 1, frames: 4, peaks: [-32_768, 32_767, -32_768, 32_767],
            meanSquares: [0.04, 0.16])
        var drawing = WaveformSVG(
            .bars(.init(width: 10, gap: 10, rounded: false, minimumHeight: 0)), width: 30, height: 100)
        drawing.fillsHeight = false
        let ys = numbers(try drawing.render(waveform)).filter { $0.command == "V" }.map { 100 - 2 * $0.values[0] }
        #expect(abs(ys[0] - 48) < 0.1 && abs(ys[1] - 61) < 0.1)
    }

    @Test func titlesCannotLeaveTheirElement() throws {
        var drawing = WaveformSVG()
        drawing.title = "\u{1}</title><script>alert('&\"')</script>노래"
        let svg = try drawing.render(wave())
        #expect(
            svg.contains(
                "<title> &lt;/title&gt;&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;노래</title>"))
        drawing.title = String(repeating: "a", count: 1025)
        #expect(throws: AudioError.self) { try drawing.render(wave()) }
    }

    @Test(arguments: [
        "", "#", "#12345", "#1234567", "#gggggg", "redd", "red\"", "url(#a)", "#12345\u{661}", "＃123456",
        String(repeating: "a", count: 100_000),
    ])
    func badColoursAreRefused(text: String) {
        #expect(throws: AudioError.self) { try WaveformColor(text) }
    }

    @Test(arguments: ["#A0b1C2", "#a0b1c2d3", "RebeccaPurple", "transparent", "teal"])
    func goodColoursAreTaken(text: String) throws { #expect(try WaveformColor(text).description == text.lowercased()) }

    @Test func settingsOutsideTheirRangeAreRefused() {
        var bad: [WaveformSVG] = [
            WaveformSVG(width: 0), WaveformSVG(height: 0), WaveformSVG(width: .max),
            WaveformSVG(.bars(.init(width: 0))), WaveformSVG(.bars(.init(width: .nan))),
            WaveformSVG(.bars(.init(gap: -1))), WaveformSVG(.bars(.init(gap: .infinity))),
            WaveformSVG(.oneSided(.init(minimumHeight: .nan))), WaveformSVG(.line(.init(thickness: 0))),
            WaveformSVG(.line(.init(points: 1))), WaveformSVG(.radial(.init(bars: 7))),
            WaveformSVG(.radial(.init(innerRadius: 1))), WaveformSVG(.radial(.init(seamFade: 0.6))),
            WaveformSVG(.radial(.init(gap: .nan))),
        ]
        for value in [-1.0, 1e9, .nan] {
            bad.append(WaveformSVG())
            bad[bad.count - 1].margin = value
        }
        for value in [-0.1, 1.1, .nan] {
            bad.append(WaveformSVG())
            bad[bad.count - 1].progress = value
        }
        for drawing in bad { #expect(throws: AudioError.self) { try drawing.render(wave()) } }
    }

    @Test func nothingAndSilenceAreDrawnFlat() throws {
        let none = Waveform(sampleRate: 8000, samplesPerPoint: 256, channels: 1, frames: 0, peaks: [])
        let silence = Waveform(
            sampleRate: 8000, samplesPerPoint: 256, channels: 2, frames: 256, peaks: [0, 0, 0, 0], meanSquares: [0, 0])
        for style in Self.styles {
            for waveform in [none, silence] {
                let svg = try WaveformSVG(style).render(waveform)
                #expect(svg.contains("<path") && !svg.contains("nan"))
            }
        }
        let tiny = try WaveformSVG(width: 1, height: 1).render(wave(8))
        #expect(tiny.contains("<path"))
    }
}
