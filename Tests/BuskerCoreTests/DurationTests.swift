// Lengths of time between moments.

import BuskerCore
import Testing

@Suite struct DurationTests {
    @Test(
        arguments: [
            (.zero, 0), (.seconds(1), 1_000_000), (.milliseconds(-1500), -1_500_000), (.microseconds(7), 7),
            (.nanoseconds(1999), 1), (.nanoseconds(-1999), -1), (.seconds(Int64.max), .max),
            (.seconds(Int64.min), .min),
            (.seconds(9_223_372_036_854) + .microseconds(775_807), .max),
            (.seconds(9_223_372_036_854) + .microseconds(775_806), .max - 1),
        ] as [(Duration, Int64)])
    func durationsAreWholeMicroseconds(duration: Duration, microseconds: Int64) {
        #expect(duration.microseconds64 == microseconds)
    }

    @Test(
        arguments: [
            (0, 5, 5), (5, 0, -5), (-5, 5, 10), (.min, .max, .max), (.max, .min, .min), (.min, -1, .max),
            (-1, .max, .max),
            (0, .min, .min), (1, .min, .min), (-2, .max, .max), (.max, .max, 0),
        ] as [(Int64, Int64, Int64)])
    func distancesAreHeldAtTheEnds(from: Int64, to: Int64, distance: Int64) {
        let start = Timestamp(microseconds: from)
        #expect(start.microseconds(until: Timestamp(microseconds: to)) == distance)
    }

    @Test(
        arguments: [
            (0, .seconds(2), 2_000_000), (.max, .seconds(1), .max), (.min, .seconds(-1), .min),
            (5, .nanoseconds(-999), 5),
            (0, .seconds(Int64.min), .min),
        ] as [(Int64, Duration, Int64)])
    func momentsAreHeldAtTheEnds(from: Int64, duration: Duration, to: Int64) {
        #expect(Timestamp(microseconds: from).advanced(by: duration).microseconds == to)
    }
}
