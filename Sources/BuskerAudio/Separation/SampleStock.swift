// Sample memory that segments use in turn.

import Synchronization

/// Keeps the memory of finished segments for the next ones.
///
/// Segments are large, are made on one thread and let go on another. Left to the system's allocator, that leaves holes which
/// add a fifth to the memory of the process.
final class SampleStock: Sendable {
    /// More than this many buffers are not kept.
    private static let keptMax = 64

    private let kept = Mutex<[[Float]]>([])

    /// A sound of a shape; its samples are whatever was there before.
    func take(channels: Int, frames: Int) -> PlanarAudio {
        let count = channels * frames
        var samples = kept.withLock { kept in
            kept.lastIndex { $0.capacity >= count }.map { kept.remove(at: $0) } ?? []
        }
        if samples.count > count { samples.removeLast(samples.count - count) }
        if samples.count < count { samples.append(contentsOf: repeatElement(0, count: count - samples.count)) }
        return PlanarAudio(channels: channels, frames: frames, samples: samples)
    }

    /// Gives the memory of sounds back that nobody else looks at.
    func give(_ sounds: consuming [PlanarAudio]) {
        let buffers = sounds.map(\.samples)
        kept.withLock { kept in
            if kept.count + buffers.count <= Self.keptMax { kept.append(contentsOf: buffers) }
        }
    }
}

/// A worker that takes the memory of its stems from the stock of its pool.
protocol StockedWorker: SeparationWorker {
    /// The stock; set before the first segment.
    var stock: SampleStock { get set }
}
