// How a long sound is cut into overlapping segments.

/// The cutting of a sound into segments that a model takes one at a time.
///
/// Every segment is `window` frames long and begins on a multiple of `grid`. Its first and last `margin` frames only give
/// context and are thrown away, except at the two ends of the sound. Neighbours then share `fade` frames, over which one
/// is faded into the next. The last segment is moved back so that it is as long as the others.
public struct SegmentPlan: Sendable, Hashable {
    /// Frames a model sees at once.
    public let window: Int
    /// Frames of context at either end whose result is not used.
    public let margin: Int
    /// Frames over which neighbouring results are mixed; 0 where they are equal anyway.
    public let fade: Int
    /// What every segment's first frame is a multiple of: the hop of the model's transform.
    public let grid: Int

    /// How a segment fades into the next.
    enum Fade: Sendable { case smooth, linear }

    /// How a segment fades into the next.
    let shape: Fade
    /// Whether segments that the sound does not fill lie in the middle of a window, between neighbouring sound or zeros.
    let isCentred: Bool

    /// Frames from one segment's beginning to the next.
    public var step: Int { window - 2 * margin - fade }

    /// Makes a plan; lengths are rounded up to multiples of `grid`, and the window grows until the step is one at least.
    public init(window: Int, margin: Int, fade: Int, grid: Int) {
        let grid = max(1, grid)
        func aligned(_ frames: Int) -> Int { (max(0, frames) + grid - 1) / grid * grid }
        self.grid = grid
        shape = .smooth
        isCentred = false
        self.margin = aligned(margin)
        self.fade = aligned(fade)
        self.window = max(aligned(window), 2 * self.margin + self.fade + max(grid, self.fade))
    }

    /// Makes a plan of lengths that are right as they are: the step must be a multiple of `grid`.
    init(exactly window: Int, margin: Int, fade: Int, grid: Int, shape: Fade = .smooth, isCentred: Bool = false) {
        self.window = window
        self.margin = margin
        self.fade = fade
        self.grid = grid
        self.shape = shape
        self.isCentred = isCentred
    }

    /// Where segment `index` begins in a sound that goes on beyond it.
    func start(of index: Int) -> Int { index * step }

    /// Where the last segment begins in a sound of `total` frames, `index` being its number.
    func lastStart(index: Int, total: Int) -> Int {
        guard total > window else { return 0 }
        return min(start(of: index), (total - window + grid - 1) / grid * grid)
    }

    /// The frame after the last that segment `index` answers for in a sound that goes on beyond it.
    func end(of index: Int) -> Int { start(of: index) + window - margin }
}
