// Ids grow, whatever the clock does.

import TestSupport
import Testing

@testable import BuskerCore

@Suite struct IDGeneratorTests {
    @Test func idsGrowWhileTheClockStands() {
        let generator = IDGenerator(clock: ManualClock(), random: SeededGenerator(seed: 1))
        let ids = (0..<2000).map { _ in generator.make(SongKind.self) }
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
        #expect(Set(ids.map(\.timestamp)) == [ManualClock().now])
    }

    @Test(arguments: [-1, -1_000_000, Int64.min, Int64.max])
    func idsGrowWhenTheClockJumps(microseconds: Int64) {
        let clock = ManualClock()
        let generator = IDGenerator(clock: clock, random: SeededGenerator(seed: 2))
        var last = generator.make(SongKind.self)
        for step in 0..<200 {
            if step == 100 { clock.advance(microseconds: microseconds) }
            let next = generator.make(SongKind.self)
            #expect(last < next)
            last = next
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func idsGrowUnderAClockThatWanders(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let clock = ManualClock()
        let generator = IDGenerator(clock: clock, random: SeededGenerator(seed: seed + 100))
        var last = generator.make(SongKind.self)
        for trial in 0..<2000 {
            clock.advance(microseconds: Int64(random.next() % 20_001) - 10_000)
            let next = generator.make(SongKind.self)
            #expect(last < next, "seed \(seed) trial \(trial)")
            #expect(try ID<SongKind>(parsing: next.description) == next, "seed \(seed) trial \(trial)")
            #expect(try ID<SongKind>(bytes: next.bytes) == next, "seed \(seed) trial \(trial)")
            last = next
        }
    }

    @Test func idsFollowTheClockAgainOnceItHasCaughtUp() {
        let clock = ManualClock(Timestamp(microseconds: 5_000_000))
        let generator = IDGenerator(clock: clock, random: SeededGenerator(seed: 3))
        _ = generator.make(SongKind.self)
        clock.set(Timestamp(microseconds: 1_000_000))
        #expect(generator.make(SongKind.self).timestamp.microseconds == 5_000_000)
        clock.set(Timestamp(microseconds: 5_001_999))
        #expect(generator.make(SongKind.self).timestamp.microseconds == 5_001_000)
    }

    @Test func sixtyFourTasksShareOneOrder() async {
        let generator = IDGenerator(clock: ManualClock(), random: SeededGenerator(seed: 4))
        let runs = await withTaskGroup(of: [ID<SongKind>].self) { group in
            for _ in 0..<64 { group.addTask { (0..<200).map { _ in generator.make() } } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for run in runs { #expect(zip(run, run.dropFirst()).allSatisfy { $0 < $1 }) }
        #expect(Set(runs.joined()).count == 64 * 200)
    }

    @Test(arguments: [0, 1_800_000_000_000, IDSequence.lastClock])
    func aUsedUpCounterGoesOnInTheNextMillisecond(millisecond: Int64) {
        let now = Timestamp(microseconds: millisecond * 1000)
        var random = SeededGenerator(seed: 5)
        var sequence = IDSequence(millisecond: UInt64(millisecond), counter: IDSequence.lastCounter - 1)
        sequence.step(to: now, random: &random)
        let last = ID<SongKind>(high: sequence.high, low: sequence.low)
        #expect(last.timestamp == now)
        sequence.step(to: now, random: &random)
        let next = ID<SongKind>(high: sequence.high, low: sequence.low)
        #expect(last < next)
        #expect(next.timestamp.microseconds == (millisecond + 1) * 1000)
        #expect((try? ID<SongKind>(bytes: next.bytes)) == next)
    }

    @Test(arguments: [Int64.min, -1, 0, Int64.max])
    func clocksAtTheEndsMakeSoundIDs(microseconds: Int64) throws {
        let clock = ManualClock(Timestamp(microseconds: microseconds))
        let id = IDGenerator(clock: clock, random: SeededGenerator(seed: 6)).make(SongKind.self)
        #expect(try ID<SongKind>(bytes: id.bytes) == id)
        #expect(try ID<SongKind>(parsing: id.description) == id)
    }

    @Test func equalSeedsMakeEqualIDs() {
        let generators = (0..<2).map { _ in IDGenerator(clock: ManualClock(), random: SeededGenerator(seed: 7)) }
        #expect(generators[0].make(SongKind.self) == generators[1].make(SongKind.self))
        let other = IDGenerator(clock: ManualClock(), random: SeededGenerator(seed: 8))
        #expect(generators[0].make(SongKind.self) != other.make(SongKind.self))
    }

    @Test func noNumberOfTheMachineIsGivenTwice() async {
        let source = SystemRandom()
        let numbers = await withTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<64 {
                group.addTask {
                    var copy = source
                    return (0..<100).map { _ in copy.next() }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(numbers).count == 6400)
        #expect(!numbers.contains(0))
    }

    @Test func aGeneratorNeedsNothingLent() {
        let before = SystemClock().now.microseconds / 1000
        #expect(IDGenerator().make(SongKind.self).timestamp.microseconds / 1000 >= before)
    }
}
