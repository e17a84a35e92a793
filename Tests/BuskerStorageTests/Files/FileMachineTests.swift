// Every state with every event, and nothing that leads back.

import BuskerCore
import BuskerStorage
import TestSupport
import Testing

@Suite struct FileMachineTests {
    /// All that may happen, written out; what is not here may not.
    static let table: [FileState: [FileMachine.Event: FileState]] = [
        .uploading: [.receive: .received, .tombstone: .tombstoned],
        .received: [.scan: .scanning, .vouch: .accepted, .quarantine: .quarantined, .tombstone: .tombstoned],
        .scanning: [.scan: .scanning, .accept: .accepted, .quarantine: .quarantined, .tombstone: .tombstoned],
        .accepted: [.tombstone: .tombstoned],
        .quarantined: [.scan: .scanning, .tombstone: .tombstoned],
        .tombstoned: [.tombstone: .tombstoned, .vanish: .gone],
        .gone: [:],
    ]

    @Test(arguments: FileState.allCases)
    func onlyWhatTheTableSaysCanHappen(state: FileState) throws {
        let file = try TestFile.make(state: state)
        for event in FileMachine.Event.allCases {
            let next = Self.table[state]?[event]
            #expect(FileMachine.state(after: event, in: state) == next, "\(state) \(event)")
            if let next {
                #expect(try FileMachine.apply(event, to: file).state == next)
            } else {
                #expect(throws: StorageError(.badState, "")) { try FileMachine.apply(event, to: file) }
            }
        }
    }

    @Test func whatIsReadableWasLookedAtOrVouchedFor() {
        #expect(FileMachine.states(before: .accepted) == [.accepted, .scanning, .received])
        #expect(FileMachine.states(before: .gone) == [.gone, .tombstoned])
        #expect(FileMachine.states(before: .uploading) == [.uploading])
    }

    @Test func nothingIsReceivedWithoutItsHash() throws {
        var file = try TestFile.make(state: .uploading)
        file.sha256 = nil
        #expect(throws: StorageError(.badState, "")) { try FileMachine.apply(.receive, to: file) }
    }

    @Test func aHeldFileGetsNoTombstone() throws {
        var file = try TestFile.make(state: .accepted)
        file.legalHold = "court 12/2026"
        #expect(throws: StorageError(.badState, "")) { try FileMachine.apply(.tombstone, to: file) }
    }
}

/// Rows for tests.
enum TestFile {
    static let start = Timestamp(microseconds: 1_800_000_000_000_000)
    static let ids = IDGenerator(clock: ManualClock(), random: SeededGenerator(seed: 1))

    static func make(
        owner: String = "ann", kind: String = "upload", name: String = "song.wav", type: String = "audio/wav",
        size: Int64 = 3, state: FileState = .accepted, created: Timestamp = start
    ) throws -> FileRecord {
        let id = ids.make(FileKind.self)
        return FileRecord(
            id: id, owner: owner, kind: kind, name: name, contentType: type, key: try ObjectKey("incoming/\(id)"),
            size: size, sha256: ContentHash(of: [1, 2, 3]), state: state, times: FileTimes(created: created))
    }
}
