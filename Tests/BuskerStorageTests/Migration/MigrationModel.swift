// A small world of one file that moves, for the explorer.

import BuskerCore

@testable import BuskerStorage

/// The protocols that the explorer tries: the one in use, and those that are known to be wrong.
enum MigrationProtocol: String, CaseIterable, Sendable {
    case used
    case noVerify
    case commitFirst
    case deleteFirst
    case commitWithoutCompare
    case commitWithoutJournal
    case sweepWithoutTombstone
    case attachToTombstone
}

/// One of the two keys.
enum ModelPlace: UInt8, Hashable, CaseIterable, Sendable {
    case source
    case target
    var bit: UInt8 { rawValue + 1 }
}

/// What a worker is to do next.
enum ModelTask: Hashable {
    case copy
    case verify
    case commit
    case wait
    case delete(ModelPlace)
    case rest
}

/// How far the journal is, and which version of the row it knows.
struct ModelJournal: Hashable {
    var stage: UInt8
    var rowVersion: Int8
}

/// What is at a key.
enum ModelBytes: UInt8, Hashable {
    case none
    case good
    case torn
}

/// Who carries out the journal; a crash makes it idle.
enum ModelWorker: Hashable {
    case idle
    case read(ModelJournal)
    case closed(ModelJournal, ModelPlace)
    case told(ModelJournal, MigrationEvent)
}

/// Who deletes what nobody owns.
enum ModelSweeper: Hashable {
    case idle
    case judged(ModelPlace)
    case closed(ModelPlace)
}

/// Everything that there is.
struct ModelWorld: Hashable {
    enum RowState: UInt8, Hashable {
        case absent
        case live
        case tombstoned
    }

    var row = RowState.live
    var pointer = ModelPlace.source
    var version: Int8 = 1
    var source = ModelBytes.good
    var target = ModelBytes.none
    var tombstones: UInt8 = 0
    var journal = ModelJournal(stage: 0, rowVersion: 1)
    var workers = [ModelWorker.idle, .idle]
    var sweeper = ModelSweeper.idle
    /// Calls that were cut off and may still be carried out: 1 and 2 delete a place, 4 copies.
    var late: UInt8 = 0
    /// A file that was deleted came back by itself.
    var isRisen = false
    var faults: Int8
    var touches: Int8 = 1
    var deletes: Int8 = 1
    var attaches: Int8 = 1
    var cancels: Int8 = 1

    subscript(place: ModelPlace) -> ModelBytes {
        get { place == .source ? source : target }
        set { if place == .source { source = newValue } else { target = newValue } }
    }

    /// A file that is to move.
    static func moving(faults: Int8) -> ModelWorld { ModelWorld(faults: faults) }

    /// Bytes without a row, and a host that may make one for them.
    static func orphaned(_ way: MigrationProtocol, faults: Int8) -> ModelWorld {
        var world = ModelWorld(faults: faults)
        world.row = .absent
        while way.task(world.journal) != .rest { world.journal.stage += 1 }
        return world
    }

    /// What must hold at any time: a live row has its bytes, and no row comes back.
    var isSound: Bool { !isRisen && (row != .live || self[pointer] == .good) }

    /// What must hold in the end: nothing is at a key that no row points at.
    func isTidy(_ way: MigrationProtocol) -> Bool {
        late == 0 && way.task(journal) == .rest && row != .tombstoned
            && ModelPlace.allCases.allSatisfy { self[$0] == .none || (row == .live && pointer == $0) }
    }

    /// Whether the row or the journal needs what is at a place.
    func owns(_ place: ModelPlace, _ way: MigrationProtocol) -> Bool {
        (row != .absent && pointer == place) || way.task(journal) != .rest
    }
}

extension MigrationProtocol {
    /// The order of a protocol that has no machine.
    private var order: [ModelTask]? {
        switch self {
        case .noVerify: [.copy, .commit, .delete(.source), .rest]
        case .commitFirst: [.commit, .copy, .delete(.source), .rest]
        case .deleteFirst: [.copy, .verify, .delete(.source), .commit, .rest]
        default: nil
        }
    }

    /// What is to be done at a stage of the journal.
    func task(_ journal: ModelJournal) -> ModelTask {
        if let order { return order[Int(journal.stage)] }
        switch MigrationStep.allCases[Int(journal.stage)] {
        case .intended: return .copy
        case .copied: return .verify
        case .verified: return .commit
        case .committed: return .wait
        case .released: return .delete(.source)
        case .returning: return .delete(.target)
        case .done, .returned: return .rest
        }
    }

    /// The journal after an event; nothing when the event is refused.
    func next(_ journal: ModelJournal, _ event: MigrationEvent) -> ModelJournal? {
        if order != nil {
            switch event {
            case .copied, .verified, .committed, .sourceDeleted:
                return ModelJournal(stage: journal.stage + 1, rowVersion: journal.rowVersion)
            case .rebased(let version): return ModelJournal(stage: journal.stage, rowVersion: Int8(version))
            default: return nil
            }
        }
        guard var migration = ModelPapers.migrations[Int(journal.stage)] else { return nil }
        migration.rowVersion = Int64(journal.rowVersion)
        var machine = MigrationMachine(migration)
        guard (try? machine.apply(event)) != nil else { return nil }
        let stage = MigrationStep.allCases.firstIndex(of: machine.migration.step) ?? 0
        return ModelJournal(stage: UInt8(stage), rowVersion: Int8(machine.migration.rowVersion))
    }
}

/// A migration at each of its steps, made once.
enum ModelPapers {
    static let migrations: [FileMigration?] = MigrationStep.allCases.map { try? MigrationMachineTests.migration($0) }
}
