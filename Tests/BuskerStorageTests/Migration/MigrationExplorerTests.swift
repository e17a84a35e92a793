// Every order in which a move, a sweep, crashes and faults can meet.

import BuskerCore
import Testing

@testable import BuskerStorage

/// Goes through every world that can be reached.
private struct Explorer {
    struct Find: CustomStringConvertible {
        let what: String
        let way: [String]
        var description: String { "\(what) after \(way.joined(separator: "; "))" }
    }

    let way: MigrationProtocol
    private(set) var count = 0

    init(_ way: MigrationProtocol) { self.way = way }

    /// The shortest way to a live row without bytes, or to a world that does not end tidy.
    mutating func search(from start: ModelWorld) -> Find? {
        var worlds = [start]
        var parents = [(-1, "")]
        var seen: Set<ModelWorld> = [start]
        var at = 0
        func path(to at: Int) -> [String] {
            sequence(first: at, next: { parents[$0].0 >= 0 ? parents[$0].0 : nil }).map { parents[$0].1 }.reversed()
                .filter { !$0.isEmpty }
        }
        while at < worlds.count {
            let world = worlds[at]
            guard world.isSound else { return Find(what: "an unsound world", way: path(to: at)) }
            for move in world.moves(way) where seen.insert(move.world).inserted {
                worlds.append(move.world)
                parents.append((at, move.name))
            }
            at += 1
        }
        count = worlds.count
        for (at, world) in worlds.enumerated() {
            if let left = leftover(after: world) { return Find(what: "left over: \(left)", way: path(to: at)) }
        }
        return nil
    }

    /// Lets everything that was begun end without faults; what is left over, if anything is.
    private func leftover(after start: ModelWorld) -> ModelWorld? {
        var world = start
        (world.faults, world.touches, world.deletes, world.attaches, world.cancels) = (0, 0, 0, 0, 0)
        for _ in 0..<60 {
            if world.isTidy(way) { return nil }
            guard let move = world.moves(way).first(where: { !$0.name.hasSuffix("crashes") }) else { break }
            world = move.world
        }
        return world.isTidy(way) ? nil : world
    }
}

struct MigrationExplorerTests {
    @Test("No order of moves, faults and crashes leaves a live row without bytes, or bytes without a row")
    func everyOrder() {
        for (start, least) in [(ModelWorld.moving(faults: 1), 10_000), (ModelWorld.orphaned(.used, faults: 2), 50)] {
            var explorer = Explorer(.used)
            let find = explorer.search(from: start)
            #expect(find == nil, "\(find.map(\.description) ?? "")")
            #expect(explorer.count > least)
        }
    }

    @Test("Every protocol that is known to be wrong is caught", arguments: MigrationProtocol.allCases.dropFirst())
    func wrongOrders(_ way: MigrationProtocol) {
        let starts = [ModelWorld.moving(faults: 1), .orphaned(way, faults: 1)]
        let finds = starts.compactMap { start in
            var explorer = Explorer(way)
            return explorer.search(from: start)
        }
        #expect(!finds.isEmpty)
    }
}
