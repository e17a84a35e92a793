// The machine's own source of randomness, to be lent.

import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Unpredictable numbers from the machine, safe for secrets; the only place that asks the machine itself.
///
/// Linux is asked for 32 numbers at a time, because asking costs far more than a number. All copies draw from one pool, so
/// that none gives a number that another gave, and a number is forgotten when it is given.
public struct SystemRandom: RandomNumberGenerator, Sendable {
    /// Makes the machine's source.
    public init() {}

    /// 64 unpredictable bits.
    public mutating func next() -> UInt64 {
        #if canImport(Glibc)
        if let number = Self.pool.withLock({ $0.take() }) { return number }
        #endif
        var system = SystemRandomNumberGenerator()
        return system.next()
    }

    #if canImport(Glibc)
    private static let pool = Mutex(RandomPool())
    #endif
}

#if canImport(Glibc)
/// Numbers that were asked for and not given yet.
private struct RandomPool {
    private var numbers = [UInt64](repeating: 0, count: 32)
    private var left = 0

    /// The next number, or nothing when the machine does not answer.
    mutating func take() -> UInt64? {
        if left == 0 {
            let answer = unsafe numbers.withUnsafeMutableBytes { unsafe getentropy($0.baseAddress, $0.count) }
            guard answer == 0 else { return nil }
            left = numbers.count
        }
        left -= 1
        defer { numbers[left] = 0 }
        return numbers[left]
    }
}
#endif
