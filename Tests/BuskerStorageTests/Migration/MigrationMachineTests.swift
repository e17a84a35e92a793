// The life of a migration, every step with every event.

import BuskerCore
import Testing

@testable import BuskerStorage

struct MigrationMachineTests {
    private enum Outcome: Equatable {
        case stays
        case goes(MigrationStep)
    }

    static let until = Timestamp(microseconds: 100)
    private static let events: [MigrationEvent] = [
        .copied, .sourceLost, .verified, .mismatched, .rebased(rowVersion: 1), .rebased(rowVersion: 2), .overtaken,
        .committed(waitUntil: until), .extended(until: Timestamp(microseconds: 200)),
        .extended(until: Timestamp(microseconds: 50)), .looked(now: Timestamp(microseconds: 99)), .looked(now: until),
        .sourceDeleted, .cancelled, .targetDeleted,
    ]

    /// What the plan says, written down a second time; what is not here is refused.
    private static let allowed: [MigrationStep: [MigrationEvent: Outcome]] = [
        .intended: [
            .copied: .goes(.copied), .sourceLost: .goes(.returning), .overtaken: .goes(.returning),
            .cancelled: .goes(.returning),
        ],
        .copied: [
            .verified: .goes(.verified), .mismatched: .goes(.returning), .overtaken: .goes(.returning),
            .cancelled: .goes(.returning),
        ],
        .verified: [
            .committed(waitUntil: until): .goes(.committed), .rebased(rowVersion: 2): .stays,
            .overtaken: .goes(.returning), .cancelled: .goes(.returning),
        ],
        .committed: [
            .extended(until: Timestamp(microseconds: 200)): .stays,
            .extended(until: Timestamp(microseconds: 50)): .stays,
            .looked(now: Timestamp(microseconds: 99)): .stays, .looked(now: until): .goes(.released),
        ],
        .released: [.sourceDeleted: .goes(.done)],
        .done: [:],
        .returning: [.targetDeleted: .goes(.returned), .cancelled: .stays],
        .returned: [.cancelled: .stays],
    ]

    static func migration(_ step: MigrationStep) throws -> FileMigration {
        let hash = ContentHash(of: [1, 2, 3])
        let ids = IDGenerator()
        return FileMigration(
            id: ids.make(), file: ids.make(), rowVersion: 1, source: try ObjectKey("temporary/a"),
            target: try ObjectKey("permanent/a"), size: 3, sha256: hash, order: MigrationOrder(who: "test"), step: step,
            waitUntil: step.isCommitted ? until : nil, begun: Timestamp(microseconds: 0),
            changed: Timestamp(microseconds: 0), attempts: 0, problem: nil, version: 1)
    }

    @Test("Every step takes exactly the events of the plan", arguments: MigrationStep.allCases)
    func everyStepWithEveryEvent(_ step: MigrationStep) throws {
        for event in Self.events {
            let before = try Self.migration(step)
            var machine = MigrationMachine(before)
            switch Self.allowed[step]?[event] {
            case .goes(let next):
                let effect = try machine.apply(event)
                #expect(machine.migration.step == next, "\(step) \(event)")
                #expect(effect == machine.effect)
            case .stays:
                _ = try machine.apply(event)
                #expect(machine.migration.step == step, "\(step) \(event)")
            case nil:
                #expect(throws: StorageError(.badState, ""), "\(step) \(event)") { try machine.apply(event) }
                #expect(machine.migration == before, "\(step) \(event)")
            }
        }
    }

    @Test("After a crash the effect of the last finished step comes again", arguments: MigrationStep.allCases)
    func effectOfEachStep(_ step: MigrationStep) throws {
        let migration = try Self.migration(step)
        let expected: MigrationEffect =
            switch step {
            case .intended: .copy(migration.source, to: migration.target)
            case .copied: .verify(migration.target, size: 3, sha256: migration.sha256)
            case .verified: .commit(rowVersion: 1)
            case .committed: .wait(until: Self.until)
            case .released: .delete(migration.source)
            case .returning: .delete(migration.target)
            case .done, .returned: .rest
            }
        #expect(MigrationMachine(migration).effect == expected)
    }

    @Test(
        "Every way of events up to five long keeps the order: verified before committed, committed before the source goes"
    )
    func everyShortWay() throws {
        var ways = 0
        func walk(_ machine: MigrationMachine, _ seen: [MigrationEvent]) {
            ways += 1
            if machine.migration.step.isCommitted {
                #expect(seen.starts(with: [.copied, .verified]), "\(seen)")
                #expect(machine.effect != .delete(machine.migration.target))
            } else {
                #expect(machine.effect != .delete(machine.migration.source), "\(seen)")
            }
            guard seen.count < 5 else { return }
            for event in Self.events {
                var next = machine
                guard (try? next.apply(event)) != nil else { continue }
                walk(next, seen + [event])
            }
        }
        walk(MigrationMachine(try Self.migration(.intended)), [])
        #expect(ways > 100)
    }

    @Test("A wait only grows, and a committed migration cannot be cancelled")
    func waitGrows() throws {
        var machine = MigrationMachine(try Self.migration(.committed))
        _ = try machine.apply(.extended(until: Timestamp(microseconds: 50)))
        #expect(machine.migration.waitUntil == Self.until)
        _ = try machine.apply(.extended(until: Timestamp(microseconds: 200)))
        _ = try machine.apply(.looked(now: Self.until))
        #expect(machine.migration.step == .committed)
        for step in MigrationStep.allCases where step.isCommitted {
            var machine = MigrationMachine(try Self.migration(step))
            #expect(throws: StorageError(.badState, "")) { try machine.apply(.cancelled) }
        }
    }
}
