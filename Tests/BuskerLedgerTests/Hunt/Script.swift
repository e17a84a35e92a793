// A random run of a ledger, as a list that can be printed, repeated and cut short.

import BuskerLedger
import TestSupport

/// One thing to ask; accounts and payments are numbers, earlier moves are named by theirs.
enum Move: Hashable, Sendable {
    case open(Int)
    case grant(Int, Int64, Gift)
    case charge(Int, Int64, scoped: Bool)
    case hold(Int, Int64, life: Int64, scoped: Bool)
    case capture(Int, Int64, topUp: Bool)
    case release(Int)
    case reverse(Int, Int64?)
    case clawback(Int, Int64)
    case adjust(Int, Int64)
    case transfer(Int, Int, Int64)
    case close(Int)
    /// The command of an earlier move again, under its key.
    case again(Int)
    /// Another command under the key of an earlier move.
    case clash(Int)
    /// A charge in the unit of another account.
    case stray(Int, Int64)
}

extension Move {
    var isHold: Bool { if case .hold = self { true } else { false } }

    var isSpent: Bool {
        switch self {
        case .charge, .capture: true
        default: false
        }
    }
}

/// The terms of a grant, with moments counted from when it is asked for.
struct Gift: Hashable, Sendable {
    var priority = 50
    var scoped = false
    var begins: Int64?
    var ends: Int64?
    var payment: Int?
    var bonus = false
}

/// How a stretch of moves is asked.
enum Manner: String, Hashable, Sendable, CaseIterable { case single, each, linked, composed, undone, raced }

/// Where the clock goes before a stretch.
enum Pace: Hashable, Sendable {
    case by(Int64)
    /// To the next moment at which something ends, and a little before or after.
    case toNextEnd(Int64)
}

struct Stretch: Hashable, Sendable {
    var pace: Pace
    /// How far the clock goes at each look of the ledger.
    var drift: Int64
    var manner: Manner
    var sweeps: Bool
    var moves: [Numbered]
}

struct Numbered: Hashable, Sendable {
    var number: Int
    var move: Move
}

/// A run: stretches one after the other.
struct Script: Hashable, Sendable, CustomStringConvertible {
    var stretches: [Stretch]
    /// Slices that a charge may be cut into; few, so that the limit is met.
    var slicesMax = 1_000

    var count: Int { stretches.reduce(0) { $0 + $1.moves.count } }

    var description: String {
        stretches.map { s in
            "\(s.pace) drift \(s.drift)\(s.sweeps ? " sweep" : "") \(s.manner):\n"
                + s.moves.map { "    \($0.number): \($0.move)" }.joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// A script without some of its stretches.
    func keeping(_ kept: [Int]) -> Script {
        Script(stretches: kept.map { stretches[$0] }, slicesMax: slicesMax)
    }

    /// Makes the script of a seed; every third has crowds of small grants.
    static func random(seed: UInt64, moves: Int, batch: Int?) -> Script {
        var maker = ScriptMaker(generator: SeededGenerator(seed: seed), hasCrowds: seed % 3 == 0)
        return maker.make(moves: moves, batch: batch)
    }
}

/// Makes scripts.
private struct ScriptMaker {
    var generator: SeededGenerator
    /// The moves of earlier stretches, whose answers are known when the next are asked.
    var made: [Numbered] = []
    var number = 0
    let hasCrowds: Bool

    init(generator: SeededGenerator, hasCrowds: Bool) {
        self.generator = generator
        self.hasCrowds = hasCrowds
    }

    mutating func pick<T>(_ list: [T]) -> T { list[Int.random(in: 0..<list.count, using: &generator)] }
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }
    mutating func steps(_ usual: [Int64] = [1, 1, 2, 2, 5]) -> Int64 {
        chance(4) ? pick([0, -1, .max, LedgerLimits.amountMax, 7]) : pick(usual)
    }

    mutating func make(moves: Int, batch: Int?) -> Script {
        let opening = (0..<3).map { Numbered(number: $0, move: .open($0)) }
        number = 3
        let limit = hasCrowds && chance(50) ? 30 : 1_000
        let first = opening + (hasCrowds ? (0..<Int.random(in: 20...150, using: &generator)).map { _ in crowd() } : [])
        var script = Script(
            stretches: [Stretch(pace: .by(0), drift: 0, manner: .each, sweeps: false, moves: first)], slicesMax: limit)
        while number < moves {
            let size = batch ?? (chance(3) ? pick([64, 256]) : pick([1, 1, 1, 1, 7, 7]))
            let jump: Int64 = chance(8) ? pick([-3_600_000_000, day, 30 * day]) : pick([0, 0, 1, 1, 5, 40])
            let pace: Pace = chance(25) ? .toNextEnd(pick([-1, 0, 1])) : .by(jump)
            let usual: [Manner] = [.single, .each, .each, .each, .linked, .composed, .composed, .undone, .raced]
            let manner = pick(usual)
            let length = min(size, moves - number, manner == .linked ? 6 : 256)
            let list = (0..<length).map { _ in numbered() }
            script.stretches.append(
                Stretch(pace: pace, drift: pick([0, 0, 1, 3]), manner: manner, sweeps: chance(10), moves: list))
            if manner != .undone { made += list }
        }
        return script
    }

    /// One of many small grants, which must be looked up page by page.
    private mutating func crowd() -> Numbered {
        let gift = Gift(
            priority: pick([50, 50, 1, 99]), scoped: chance(30), begins: chance(10) ? pick([400, 2_000]) : nil,
            ends: chance(40) ? pick([300, 900, 2_000, 1_000_000]) : nil)
        number += 1
        return Numbered(number: number - 1, move: .grant(chance(90) ? 0 : 1, pick([1, 1, 2]), gift))
    }

    /// An amount to spend, sometimes of many grants.
    private mutating func spent() -> Int64 { hasCrowds && chance(35) ? pick([12, 25, 31, 60]) : steps() }

    private mutating func numbered() -> Numbered {
        number += 1
        return Numbered(number: number - 1, move: move())
    }

    /// One of the latest moves that something can be done to, or an ordinary move when there is none.
    private mutating func after(_ last: Int, _ suits: (Move) -> Bool, _ next: (Int) -> Move) -> Move {
        let list = made.filter { suits($0.move) }.suffix(last)
        return list.isEmpty ? .grant(account(), 20, Gift()) : next(pick(list.map(\.number)))
    }

    private mutating func account() -> Int { pick([0, 0, 0, 1, 1, 2]) }

    private mutating func move() -> Move {
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<20: return .grant(account(), steps([1, 2, 5, 20]), gift())
        case 20..<34: return .charge(account(), spent(), scoped: chance(40))
        case 34..<50:
            let life: Int64 = pick([3, 40, 400, 60_000_000, 60_000_000])
            return .hold(account(), spent(), life: life, scoped: chance(40))
        case 50..<64:
            let (steps, topUp) = (steps([0, 1, 1, 2, 2, 5, 7]), chance(40))
            return after(6, \.isHold) { .capture($0, steps, topUp: topUp) }
        case 64..<70: return after(6, \.isHold) { .release($0) }
        case 70..<78:
            let steps = chance(50) ? nil : steps()
            return after(12, \.isSpent) { .reverse($0, steps) }
        case 78..<83: return .clawback(pick([0, 0, 0, 1, 1, 2, 3, 9]), pick([0, 0, 1, 33, 50, 99, 100, 101, .max]))
        case 83..<86: return .adjust(account(), chance(50) ? steps() : -(steps() % 8))
        case 86..<90: return .transfer(account(), account(), spent())
        case 90: return chance(60) ? .close(pick([0, 1, 2, 2, 2, 2])) : .open(account())
        case 91: return .stray(account(), 1)
        case 92..<97: return after(40, { _ in true }, { .again($0) })
        default: return after(40, { _ in true }, { .clash($0) })
        }
    }

    private mutating func gift() -> Gift {
        var gift = Gift(priority: pick([50, 50, 50, 1, 99]), scoped: chance(25))
        if chance(20) { gift.begins = pick([-5, 2, 30]) }
        if chance(50) { gift.ends = pick([1, 20, 90, 400, 1_000_000]) }
        if chance(35) { gift.payment = pick([0, 1, 1, 2, 3, 4, 5, 6]) }
        gift.bonus = chance(20)
        return gift
    }
}
