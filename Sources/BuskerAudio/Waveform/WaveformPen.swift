// Turns points of a waveform into strokes and areas.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One channel of a waveform, at the resolution it is drawn with, and where it goes.
struct WaveformPen {
    /// A rectangle.
    struct Box {
        var x: Double
        var y: Double
        var width: Double
        var height: Double

        /// One of several lanes below each other, with a little air between them.
        func lane(_ index: Int, of count: Int) -> Box {
            let air = count > 1 ? 0.06 * height / Double(count) : 0
            let each = (height - air * Double(count - 1)) / Double(count)
            return Box(x: x, y: y + (each + air) * Double(index), width: width, height: each)
        }
    }

    /// One point, in parts of full scale.
    struct Point {
        var low: Double
        var high: Double
        var rms: Double

        var peak: Double { max(-low, high) }
    }

    private let drawing: WaveformSVG
    private var points: [Point]
    private let hasRMS: Bool
    private let box: Box

    /// Gathers `points` points of one channel, or of the loudest of all channels.
    init(
        _ drawing: WaveformSVG, _ waveform: Waveform, points: Int, channel: Int?, box: Box
    ) throws(AudioError) {
        let even = try waveform.resampled(points: points)
        let channels = channel.map { $0...$0 } ?? 0...(waveform.channels - 1)
        self.drawing = drawing
        self.box = box
        hasRMS = waveform.hasRMS
        self.points = (0..<even.count).map { at in
            var point = Point(low: 0, high: 0, rms: 0)
            for channel in channels {
                point.low = min(point.low, Double(even.minimum(at: at, channel: channel)) / 32_768)
                point.high = max(point.high, Double(even.maximum(at: at, channel: channel)) / 32_768)
                point.rms = max(point.rms, Double(even.rms(at: at, channel: channel)))
            }
            return point
        }
    }

    /// The greatest value this pen would draw.
    var extent: Double { points.reduce(0) { max($0, size($1), shownExtremes ? $1.peak : 0) } }

    /// Draws everything times a factor.
    mutating func scale(by factor: Double) {
        points = points.map { Point(low: $0.low * factor, high: $0.high * factor, rms: $0.rms * factor) }
    }

    private var shownExtremes: Bool { drawing.shows != .blend || !hasRMS }

    // MARK: Bars

    func drawBars(_ bars: WaveformSVG.Bars, mirrored: Bool, on canvas: inout SVGCanvas) {
        let pitch = bars.width + bars.gap
        let used = pitch * Double(points.count) - bars.gap
        let left = box.x + (box.width - used) / 2 + bars.width / 2
        // The caps of a rounded bar belong to its height.
        let cap = bars.rounded ? min(bars.width, box.height) : 0
        let least = min(box.height, max(bars.minimumHeight, cap, 0.1))
        draw(
            thickness: bars.rounded ? cap : bars.width, rounded: bars.rounded, reach: box.height, on: &canvas
        ) { at, size, path in
            let height = max(least, size * box.height) - cap
            let x = left + pitch * Double(at)
            let bottom = mirrored ? box.y + (box.height + height) / 2 : box.y + box.height - cap / 2
            path.move(x, bottom)
            path.vertical(bottom - height)
        }
    }

    func drawRadial(_ radial: WaveformSVG.Radial, on canvas: inout SVGCanvas) {
        let centre = (x: box.x + box.width / 2, y: box.y + box.height / 2)
        let outer = min(box.width, box.height) / 2
        let inner = outer * radial.innerRadius
        let turn = 2 * Double.pi / Double(points.count)
        let thickness = max(0.1, turn * max(inner, outer / 4) * (1 - radial.gap))
        let cap = radial.rounded ? min(thickness, outer - inner) : 0
        draw(
            thickness: radial.rounded ? cap : thickness, rounded: radial.rounded, reach: outer - inner, on: &canvas
        ) { at, size, path in
            let angle = turn * (Double(at) + 0.5)
            let height = max(cap, size * seam(at, radial.seamFade) * (outer - inner), 0.1) - cap
            let begin = inner + cap / 2
            path.move(centre.x + begin * sin(angle), centre.y - begin * cos(angle))
            path.line(centre.x + (begin + height) * sin(angle), centre.y - (begin + height) * cos(angle))
        }
    }

    /// Draws every bar by `bar(index, size in 0...1, path)`, in the colours it needs; the longest is `reach` long.
    private func draw(
        thickness: Double, rounded: Bool, reach: Double, on canvas: inout SVGCanvas,
        bar: (Int, Double, inout SVGPath) -> Void
    ) {
        var played = SVGPath()
        var coming = SVGPath()
        var inside = SVGPath()
        for (at, point) in points.enumerated() {
            if isPlayed(at) { bar(at, size(point), &played) } else { bar(at, size(point), &coming) }
            // A bar of RMS no longer than it is wide would hide the peak.
            if drawing.shows == .peakAndRMS, hasRMS, point.rms * reach > thickness {
                bar(at, min(1, point.rms), &inside)
            }
        }
        canvas.stroke(played, drawing.playedColor, thickness: thickness, rounded: rounded)
        canvas.stroke(coming, drawing.color, thickness: thickness, rounded: rounded)
        canvas.stroke(inside, drawing.rmsColor, thickness: thickness, rounded: rounded)
    }

    /// How far a bar reaches, in parts of the room it has.
    private func size(_ point: Point) -> Double {
        guard drawing.shows == .blend, hasRMS else { return min(1, point.peak) }
        return min(1, 0.35 * point.peak + 0.65 * point.rms)
    }

    /// A bar counts as played when its middle is.
    private func isPlayed(_ at: Int) -> Bool {
        drawing.progress.map { (Double(at) + 0.5) / Double(points.count) <= $0 } ?? false
    }

    /// Shrinks bars near the seam by a raised cosine.
    private func seam(_ at: Int, _ fade: Double) -> Double {
        let place = (Double(at) + 0.5) / Double(points.count)
        let distance = min(place, 1 - place)
        guard distance < fade else { return 1 }
        return 0.5 - 0.5 * cos(Double.pi * distance / fade)
    }

    // MARK: Areas and lines

    func drawEnvelope(on canvas: inout SVGCanvas) {
        let split = playedCount
        canvas.fill(area(0..<split, by: edges), drawing.playedColor)
        canvas.fill(area(split..<points.count, by: edges), drawing.color)
        if drawing.shows == .peakAndRMS, hasRMS {
            canvas.fill(area(0..<points.count) { (-min(1, $0.rms), min(1, $0.rms)) }, drawing.rmsColor)
        }
    }

    func drawLine(_ line: WaveformSVG.Line, on canvas: inout SVGCanvas) {
        let split = playedCount
        let inset = min(line.thickness, box.height) / 2
        func path(_ range: Range<Int>) -> SVGPath {
            var path = SVGPath()
            for at in range {
                let value = at % 2 == 0 ? edges(points[at]).high : edges(points[at]).low
                let x = box.x + inset + (box.width - 2 * inset) * Double(at) / Double(max(1, points.count - 1))
                let y = box.y + box.height / 2 - value * (box.height / 2 - inset)
                if at == range.lowerBound { path.move(x, y) } else { path.line(x, y) }
            }
            return path
        }
        // Both parts share a point, so that the line does not break.
        let join = min(points.count, split == 0 ? 0 : split + 1)
        canvas.stroke(path(0..<join), drawing.playedColor, thickness: line.thickness, rounded: true)
        canvas.stroke(path(split..<points.count), drawing.color, thickness: line.thickness, rounded: true)
    }

    private var playedCount: Int {
        drawing.progress.map { Int(($0 * Double(points.count)).rounded()) } ?? 0
    }

    /// The extent of a point up and down: its extremes, or those drawn towards its RMS.
    private func edges(_ point: Point) -> (low: Double, high: Double) {
        guard drawing.shows == .blend, hasRMS else { return (point.low, point.high) }
        return (max(-1, 0.35 * point.low - 0.65 * point.rms), min(1, 0.35 * point.high + 0.65 * point.rms))
    }

    /// The outline of a run of points, at least half a unit high everywhere.
    private func area(_ range: Range<Int>, by edges: (Point) -> (low: Double, high: Double)) -> SVGPath {
        var path = SVGPath()
        guard !range.isEmpty else { return path }
        let middle = box.y + box.height / 2
        func x(_ at: Int) -> Double { box.x + box.width * Double(at) / Double(points.count) }
        func top(_ at: Int) -> Double { min(middle - 0.25, middle - edges(points[at]).high * box.height / 2) }
        func bottom(_ at: Int) -> Double { max(middle + 0.25, middle - edges(points[at]).low * box.height / 2) }
        path.move(x(range.lowerBound), top(range.lowerBound))
        for at in range { path.line(x(at) + (x(at + 1) - x(at)) / 2, top(at)) }
        path.line(x(range.upperBound), top(range.upperBound - 1))
        path.line(x(range.upperBound), bottom(range.upperBound - 1))
        for at in range.reversed() { path.line(x(at) + (x(at + 1) - x(at)) / 2, bottom(at)) }
        path.line(x(range.lowerBound), bottom(range.lowerBound))
        path.close()
        return path
    }
}
