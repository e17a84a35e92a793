// The numbers behind ids, one after the other.

/// Method 1 of RFC 9562, section 6.2: 48 bits of milliseconds, a counter of 26 bits, 48 random bits.
///
/// The counter starts at a random number below 2^25 in each millisecond. It never wraps: when it is used up, or the clock goes
/// back, the milliseconds go on from the last number. The clock is held between 1970 and the year 6429, so that 2^47
/// milliseconds are left to go on into.
struct IDSequence {
    static let lastCounter: UInt64 = 1 << 26 - 1
    static let lastClock: Int64 = 1 << 47 - 1

    private(set) var high: UInt64 = 0
    private(set) var low: UInt64 = 0
    private var last: (millisecond: UInt64, counter: UInt64)?

    init() {}

    /// A sequence whose last number had this millisecond and counter.
    init(millisecond: UInt64, counter: UInt64) { last = (millisecond, counter) }

    mutating func step(to now: Timestamp, random: inout some RandomNumberGenerator) {
        let clock = UInt64(min(max(now.microseconds / 1000, 0), Self.lastClock))
        let next: (millisecond: UInt64, counter: UInt64)
        if let last, clock <= last.millisecond {
            if last.counter < Self.lastCounter {
                next = (last.millisecond, last.counter + 1)
            } else {
                next = (last.millisecond + 1, random.next() >> 39)
            }
        } else {
            next = (clock, random.next() >> 39)
        }
        high = next.millisecond << 16 | 0x7000 | next.counter >> 14
        low = 1 << 63 | (next.counter & 0x3FFF) << 48 | random.next() >> 16
        last = next
    }
}
