// How a waveform is drawn as SVG, without any system library.

/// The settings of a drawing; `render` turns a waveform into text.
///
/// The same waveform and settings give the same bytes. Lengths are in user units, which browsers show as pixels.
public struct WaveformSVG: Sendable, Hashable {
    /// The shape of the drawing.
    public enum Style: Sendable, Hashable {
        /// Bars around the middle line, as in voice messages and players.
        case bars(Bars)
        /// Bars standing on the lower edge.
        case oneSided(Bars)
        /// The filled area between minima and maxima, one column per unit of width.
        case envelope
        /// One line that swings between maxima and minima.
        case line(Line)
        /// Bars around a circle, beginning at the top, clockwise; channels are shown as one.
        case radial(Radial)
    }

    /// Bars in a row.
    public struct Bars: Sendable, Hashable {
        /// The width of a bar, 0.1 or more.
        public var width: Double
        /// The space between two bars, 0 or more.
        public var gap: Double
        /// Whether bars end in half circles.
        public var rounded: Bool
        /// The least height of a bar, 0 or more, so that silence stays visible.
        public var minimumHeight: Double

        /// Bars of a width, with a gap between them.
        public init(width: Double = 4, gap: Double = 3, rounded: Bool = true, minimumHeight: Double = 4) {
            self.width = width
            self.gap = gap
            self.rounded = rounded
            self.minimumHeight = minimumHeight
        }
    }

    /// One line.
    public struct Line: Sendable, Hashable {
        /// How thick the line is, 0.1 or more.
        public var thickness: Double
        /// How many points it has, 2 or more; by default one for every two units of width.
        public var points: Int?

        /// A line of a thickness.
        public init(thickness: Double = 1.5, points: Int? = nil) {
            self.thickness = thickness
            self.points = points
        }
    }

    /// Bars around a circle.
    public struct Radial: Sendable, Hashable {
        /// How many bars, 8 or more.
        public var bars: Int
        /// The radius the bars start from, as a part of the greatest radius, 0...0.95.
        public var innerRadius: Double
        /// The part of the turn over which the bars shrink towards the seam at the top, at either end, 0...0.5.
        public var seamFade: Double
        /// How much of the room for a bar is left free, 0...0.9.
        public var gap: Double
        /// Whether bars end in half circles.
        public var rounded: Bool

        /// Bars around a circle whose middle stays free for a picture or a title.
        public init(
            bars: Int = 180, innerRadius: Double = 0.45, seamFade: Double = 0.06, gap: Double = 0.45,
            rounded: Bool = true
        ) {
            self.bars = bars
            self.innerRadius = innerRadius
            self.seamFade = seamFade
            self.gap = gap
            self.rounded = rounded
        }
    }

    /// What the height of a bar shows.
    public enum Height: Sendable, Hashable {
        /// 0.35 of the peak and 0.65 of the RMS: keeps the shape of dense music. Peaks alone without RMS.
        case blend
        /// The peak.
        case peak
        /// The peak, and the RMS in its own colour over it.
        case peakAndRMS
    }

    /// The shape of the drawing.
    public var style: Style
    /// The width, 1 to `WaveformLimits.drawingSide`.
    public var width: Int
    /// The height, 1 to `WaveformLimits.drawingSide`.
    public var height: Int
    /// The space left free at every edge, 0 or more.
    public var margin = 0.0
    /// What the height of a bar, or the area, shows.
    public var shows = Height.blend
    /// Whether the greatest value fills the height, whatever the level; silence stays flat.
    public var fillsHeight = true
    /// The colour of the wave.
    public var color = WaveformColor.wave
    /// The colour of RMS where it is shown over peaks.
    public var rmsColor = WaveformColor.rms
    /// The colour of the part that has been played.
    public var playedColor = WaveformColor.played
    /// The part that has been played, 0...1; nil draws all in one colour.
    public var progress: Double?
    /// The colour behind everything; nil stays transparent.
    public var background: WaveformColor?
    /// What the drawing shows, for people who hear it instead, at most `WaveformLimits.titleCharacters` long.
    public var title: String?

    /// Settings for a drawing of a size; everything else can be set afterwards.
    public init(_ style: Style = .bars(Bars()), width: Int = 800, height: Int = 160) {
        self.style = style
        self.width = width
        self.height = height
    }

    /// The drawing as one SVG element, a newline at its end.
    ///
    /// Several channels are drawn one below the other. Throws `badArgument` for a setting outside its range.
    public func render(_ waveform: Waveform) throws(AudioError) -> String {
        try check()
        var canvas = SVGCanvas(width: width, height: height, title: title, background: background)
        let room = WaveformPen.Box(
            x: margin, y: margin, width: Double(width) - 2 * margin, height: Double(height) - 2 * margin)
        var pens: [WaveformPen] = []
        if case .radial(let radial) = style {
            pens.append(try WaveformPen(self, waveform, points: radial.bars, channel: nil, box: room))
        } else {
            for channel in 0..<waveform.channels {
                let lane = room.lane(channel, of: waveform.channels)
                pens.append(
                    try WaveformPen(self, waveform, points: points(over: lane.width), channel: channel, box: lane))
            }
        }
        // One factor for all channels, so that the louder one looks louder.
        let extent = pens.reduce(0) { max($0, $1.extent) }
        for var pen in pens {
            if fillsHeight, extent > 0 { pen.scale(by: 1 / extent) }
            draw(pen, on: &canvas)
        }
        return canvas.finish()
    }

    private func draw(_ pen: WaveformPen, on canvas: inout SVGCanvas) {
        switch style {
        case .bars(let bars): pen.drawBars(bars, mirrored: true, on: &canvas)
        case .oneSided(let bars): pen.drawBars(bars, mirrored: false, on: &canvas)
        case .envelope: pen.drawEnvelope(on: &canvas)
        case .line(let line): pen.drawLine(line, on: &canvas)
        case .radial(let radial): pen.drawRadial(radial, on: &canvas)
        }
    }

    /// How many points of a waveform a lane shows.
    private func points(over width: Double) -> Int {
        switch style {
        case .bars(let bars), .oneSided(let bars):
            min(WaveformLimits.drawingPoints, max(1, Int((width + bars.gap) / (bars.width + bars.gap))))
        case .envelope: min(WaveformLimits.drawingPoints, max(2, Int(width)))
        case .line(let line): line.points ?? min(WaveformLimits.drawingPoints, max(2, Int(width / 2)))
        case .radial(let radial): radial.bars
        }
    }

    private func check() throws(AudioError) {
        let sides = 1...WaveformLimits.drawingSide
        try require(sides.contains(width) && sides.contains(height), "sides must be 1 to \(WaveformLimits.drawingSide)")
        try require(
            margin >= 0 && 2 * margin < Double(min(width, height)), "margin must leave room for the waveform")
        try require(progress.map { $0 >= 0 && $0 <= 1 } ?? true, "progress must be from 0 to 1")
        try require(
            title.map { $0.unicodeScalars.count <= WaveformLimits.titleCharacters } ?? true,
            "title must not be longer than \(WaveformLimits.titleCharacters) characters")
        let lengths = 0...Double(WaveformLimits.drawingSide)
        switch style {
        case .bars(let bars), .oneSided(let bars):
            try require(bars.width >= 0.1 && lengths.contains(bars.width), "bars must be 0.1 wide or more")
            try require(lengths.contains(bars.gap), "gap between bars must not be negative")
            try require(lengths.contains(bars.minimumHeight), "least height of a bar must not be negative")
        case .envelope: break
        case .line(let line):
            try require(line.thickness >= 0.1 && lengths.contains(line.thickness), "line must be 0.1 thick or more")
            try require(
                line.points.map { (2...WaveformLimits.drawingPoints).contains($0) } ?? true,
                "line must have 2 to \(WaveformLimits.drawingPoints) points")
        case .radial(let radial):
            try require(
                (8...WaveformLimits.drawingPoints).contains(radial.bars),
                "circle must have 8 to \(WaveformLimits.drawingPoints) bars")
            try require((0...0.95).contains(radial.innerRadius), "inner radius must be from 0 to 0.95")
            try require((0...0.5).contains(radial.seamFade), "fade at the seam must be from 0 to 0.5")
            try require((0...0.9).contains(radial.gap), "gap between bars must be from 0 to 0.9")
        }
    }

    private func require(_ holds: Bool, _ rule: String) throws(AudioError) {
        guard holds else { throw AudioError(.badArgument, "The drawing's \(rule).") }
    }
}
