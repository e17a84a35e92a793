// Randomness that a host lends.

import Synchronization

/// A generator that several threads share.
final class Luck: Sendable {
    private let generator: Mutex<any RandomNumberGenerator & Sendable>

    init(_ generator: any RandomNumberGenerator & Sendable) { self.generator = Mutex(generator) }

    /// A number in a range.
    func number(in range: ClosedRange<Int>) -> Int {
        generator.withLock { generator in Self.number(in: range, &generator) }
    }

    private static func number(in range: ClosedRange<Int>, _ generator: inout any RandomNumberGenerator & Sendable)
        -> Int
    {
        func open(_ generator: inout some RandomNumberGenerator) -> Int { Int.random(in: range, using: &generator) }
        return open(&generator)
    }
}
