// How busker waveform draws.

import ArgumentParser
import BuskerAudio

/// The options of a drawing.
struct DrawingOptions: ParsableArguments {
    /// Points a drawing is made from: enough for the finest.
    static let points = WaveformLimits.drawingPoints

    @Option(name: .shortAndLong, help: "Width of the drawing.")
    var width = 800

    @Option(name: .shortAndLong, help: "Height of the drawing.")
    var height = 160

    @Option(help: "The shape: bars, one-sided, envelope, line or radial.")
    var style = Style.bars

    @Option(help: "What the height shows, with --rms: blend, peak or peak-and-rms.")
    var shows = Shows.blend

    @Option(
        name: [.long, .customLong("waveform-color")],
        help: "Colour of the wave: rgb, rrggbb or rrggbbaa, with or without #, or a CSS name.")
    var color: Color?

    @Option(help: "Colour of the RMS over peaks.")
    var rmsColor: Color?

    @Option(name: [.long, .customLong("background-color")], help: "Colour behind the wave (default: none).")
    var background: Color?

    @Option(help: "Width of a bar, thickness of a line.")
    var barWidth: Double?

    @Option(help: "Space between two bars.")
    var barGap: Double?

    @Option(help: "Space left free at every edge.")
    var margin = 0.0

    @Option(help: "The part that has been played, 0 to 1, drawn in its own colour.")
    var progress: Double?

    @Option(help: "Colour of the part that has been played.")
    var playedColor: Color?

    @Option(help: "What the drawing shows, for people who hear it instead.")
    var title: String?

    func validate() throws {
        let sides = 1...WaveformLimits.drawingSide
        guard sides.contains(width), sides.contains(height) else {
            throw ValidationError("--width and --height are from 1 to \(WaveformLimits.drawingSide).")
        }
    }

    /// The settings of the library.
    func svg(fillsHeight: Bool) -> WaveformSVG {
        var svg = WaveformSVG(shape, width: width, height: height)
        svg.fillsHeight = fillsHeight
        svg.margin = margin
        svg.shows = shows.height
        if let color { svg.color = color.value }
        if let rmsColor { svg.rmsColor = rmsColor.value }
        if let playedColor { svg.playedColor = playedColor.value }
        svg.background = background?.value
        svg.progress = progress
        svg.title = title
        return svg
    }

    private var shape: WaveformSVG.Style {
        var bars = WaveformSVG.Bars()
        if let barWidth { bars.width = barWidth }
        if let barGap { bars.gap = barGap }
        switch style {
        case .bars: return .bars(bars)
        case .oneSided: return .oneSided(bars)
        case .envelope: return .envelope
        case .line: return .line(barWidth.map { WaveformSVG.Line(thickness: $0) } ?? WaveformSVG.Line())
        case .radial: return .radial(WaveformSVG.Radial())
        }
    }

    enum Style: String, ExpressibleByArgument, CaseIterable {
        case bars, envelope, line, radial
        case oneSided = "one-sided"
    }

    enum Shows: String, ExpressibleByArgument, CaseIterable {
        case blend, peak
        case peakAndRMS = "peak-and-rms"

        var height: WaveformSVG.Height {
            switch self {
            case .blend: .blend
            case .peak: .peak
            case .peakAndRMS: .peakAndRMS
            }
        }
    }

    /// A colour, with or without the # of its digits.
    struct Color: ExpressibleByArgument {
        let value: WaveformColor

        init?(argument: String) {
            var digits = argument.hasPrefix("#") ? String(argument.dropFirst()) : argument
            if digits.utf8.count == 3 { digits = digits.map { "\($0)\($0)" }.joined() }
            let isHex = [6, 8].contains(digits.utf8.count) && digits.utf8.allSatisfy { Self.digits.contains($0) }
            guard let color = try? WaveformColor(isHex ? "#" + digits : argument) else { return nil }
            value = color
        }

        private static let digits = Set("0123456789abcdefABCDEF".utf8)
    }
}
