// What can happen next in the small world.

import BuskerCore

@testable import BuskerStorage

/// A world that can come next, and what made it so.
struct ModelMove {
    let name: String
    let world: ModelWorld
}

extension ModelWorld {
    /// Everything that can happen now: any worker goes on, fails or crashes, a late call arrives, others act.
    func moves(_ way: MigrationProtocol) -> [ModelMove] {
        var moves: [ModelMove] = []
        func add(_ name: String, _ change: (inout ModelWorld) -> Void) {
            var next = self
            change(&next)
            if next != self { moves.append(ModelMove(name: name, world: next)) }
        }
        for at in workers.indices {
            step(at, way, add)
            add("worker \(at) crashes") { $0.workers[at] = .idle }
        }
        sweep(way, add)
        for place in ModelPlace.allCases where late & place.bit != 0 {
            add("late delete of \(place)") {
                $0.late &= ~place.bit
                $0[place] = .none
            }
        }
        if late & 4 != 0 {
            add("late copy") {
                $0.late &= ~4
                $0.copy()
            }
        }
        others(way, add)
        return moves
    }

    private typealias Add = (String, (inout ModelWorld) -> Void) -> Void

    private mutating func copy(torn: Bool = false) {
        guard source != .none, target == .none else { return }
        target = torn ? .torn : source
    }

    private func step(_ at: Int, _ way: MigrationProtocol, _ add: Add) {
        switch workers[at] {
        case .idle:
            if way.task(journal) != .rest { add("worker \(at) reads") { $0.workers[at] = .read(journal) } }
        case .read(let seen): carryOut(at, seen, way, add)
        case .closed(let seen, let place):
            delete(place, "worker \(at)", add) { world, answered in
                let event: MigrationEvent = place == .source ? .sourceDeleted : .targetDeleted
                world.workers[at] = answered ? .told(seen, event) : .idle
            }
        case .told(let seen, let event):
            add("worker \(at) writes \(event)") { world in
                world.workers[at] = .idle
                if world.journal == seen, let next = way.next(seen, event) { world.journal = next }
            }
        }
    }

    private func carryOut(_ at: Int, _ seen: ModelJournal, _ way: MigrationProtocol, _ add: Add) {
        switch way.task(seen) {
        case .copy:
            add("worker \(at) copies") { world in
                world.workers[at] = .told(seen, world.source == .none ? .sourceLost : .copied)
                world.copy()
            }
            guard faults > 0 else { return }
            fail("worker \(at) copies, cut before the answer", at, add) { $0.copy() }
            fail("worker \(at) copies, late", at, add) { $0.late |= 4 }
            add("worker \(at) copies, torn") { world in
                world.faults -= 1
                world.workers[at] = .told(seen, .copied)
                world.copy(torn: true)
            }
        case .verify:
            add("worker \(at) reads back") {
                $0.workers[at] = .told(seen, $0.target == .good ? .verified : .mismatched)
            }
        case .commit: add("worker \(at) commits") { $0.commit(at, seen, way) }
        case .wait:
            add("worker \(at) waits") { $0.workers[at] = .told(seen, .looked(now: MigrationMachineTests.until)) }
        case .delete(let place):
            add("worker \(at) closes \(place)") { world in
                let isGuarded = way != .deleteFirst
                if isGuarded, world.journal != seen || (world.row == .live && world.pointer == place) {
                    world.workers[at] = .idle
                } else {
                    world.tombstones |= place.bit
                    world.workers[at] = .closed(seen, place)
                }
            }
        case .rest: break
        }
    }

    private mutating func commit(_ at: Int, _ seen: ModelJournal, _ way: MigrationProtocol) {
        workers[at] = .idle
        guard journal == seen || way == .commitWithoutJournal else { return }
        let event: MigrationEvent
        if way == .commitWithoutCompare || (row == .live && pointer == .source && version == seen.rowVersion) {
            if row != .live { (row, isRisen) = (.live, true) }
            pointer = .target
            version += 1
            event = .committed(waitUntil: MigrationMachineTests.until)
        } else if row == .live, pointer == .source {
            event = .rebased(rowVersion: Int64(version))
        } else {
            event = .overtaken
        }
        journal = way.next(seen, event) ?? seen
    }

    /// A deletion of bytes: done, not done, done without an answer, or done later.
    private func delete(
        _ place: ModelPlace, _ who: String, _ add: Add, _ answer: @escaping (inout ModelWorld, Bool) -> Void
    ) {
        add("\(who) deletes \(place)") { world in
            world[place] = .none
            answer(&world, true)
        }
        guard faults > 0 else { return }
        add("\(who) deletes \(place), late") { world in
            world.faults -= 1
            world.late |= place.bit
            answer(&world, false)
        }
        add("\(who) deletes \(place), cut before the answer") { world in
            world.faults -= 1
            world[place] = .none
            answer(&world, false)
        }
    }

    private func fail(_ name: String, _ at: Int, _ add: Add, _ change: @escaping (inout ModelWorld) -> Void) {
        add(name) { world in
            world.faults -= 1
            world.workers[at] = .idle
            change(&world)
        }
    }

    private func sweep(_ way: MigrationProtocol, _ add: Add) {
        switch sweeper {
        case .idle:
            for place in ModelPlace.allCases where self[place] != .none && !owns(place, way) {
                add("sweeper finds \(place)") { $0.sweeper = .judged(place) }
            }
        case .judged(let place):
            add("sweeper closes \(place)") { world in
                if way == .sweepWithoutTombstone {
                    world.sweeper = .closed(place)
                } else if world.owns(place, way) {
                    world.sweeper = .idle
                } else {
                    world.tombstones |= place.bit
                    world.sweeper = .closed(place)
                }
            }
        case .closed(let place): delete(place, "sweeper", add) { world, _ in world.sweeper = .idle }
        }
        add("sweeper crashes") { $0.sweeper = .idle }
    }

    /// Somebody changes the row, deletes the file, cancels the move, or makes a row for bytes that have none.
    private func others(_ way: MigrationProtocol, _ add: Add) {
        if touches > 0, row == .live {
            add("the row changes") { world in
                world.touches -= 1
                world.version += 1
            }
        }
        if deletes > 0, row == .live {
            add("the owner deletes") { world in
                world.deletes -= 1
                world.version += 1
                world.row = .tombstoned
                world.tombstones |= world.pointer.bit
            }
        }
        if row == .tombstoned {
            delete(pointer, "owner", add) { world, answered in if answered { world.row = .absent } }
        }
        if cancels > 0, let next = way.next(journal, .cancelled) {
            add("somebody cancels") { world in
                world.cancels -= 1
                world.journal = next
            }
        }
        let isClosed = tombstones & ModelPlace.source.bit != 0 && way != .attachToTombstone
        if attaches > 0, row == .absent, source == .good, !isClosed, way.task(journal) == .rest {
            add("somebody makes a row for the source") { world in
                world.attaches -= 1
                world.row = .live
                world.pointer = .source
                world.version += 1
            }
        }
    }
}
