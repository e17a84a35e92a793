// Moves of files, from their beginning to their end, on every database.

import BuskerCore
import BuskerDatabase
import Synchronization
import TestSupport
import Testing

@testable import BuskerStorage

@Suite struct MigrationDeskTests {
    @Test("A move ends with the row at the copy, the source gone and the audit whole", arguments: DatabaseKind.all)
    func aMoveFromEndToEnd(kind: DatabaseKind) async throws {
        try await StorageRoom.with(kind) { room in
            let file = try await room.file([1, 2, 3])
            let told = Mutex<[FileRecord]>([])
            let desk = room.desk { file, _, tx in
                told.withLock { $0.append(file) }
                try FileStore.touch(file.id, finished: file.times.created, in: tx)
            }
            let waiting = try await desk.move(file.id, StorageRoom.order)
            #expect(waiting.step == .committed)
            let moved = try await room.row(file.id)
            #expect(moved.key == waiting.target)
            #expect(moved.standing == .permanent)
            #expect(moved.times.finished != nil)
            #expect(told.withLock { $0.last?.key } == waiting.target)
            #expect(try await room.keys() == [waiting.target.text, file.key.text])
            #expect(try await desk.resume().isEmpty)
            room.clock.advance(microseconds: 900_000_000)
            #expect(try await desk.resume().map(\.step) == [.done])
            #expect(try await room.keys() == [waiting.target.text])
            #expect(try await room.bytes(moved.key) == [1, 2, 3])
            #expect(try await desk.verifyAudit() == .whole(3))
            let page = try await room.database.read { tx in try AuditTrail.list(file: file.id, in: tx) }
            #expect(page.items.map(\.entry.action) == ["migration.end", "migration.commit", "migration.begin"])
            #expect(page.items[0].entry.plan == "plan 1")
            #expect(try await desk.resume().isEmpty)
        }
    }

    @Test("The host refuses a commit: the file stays, the copy goes, its key is closed", arguments: DatabaseKind.all)
    func aRefusedCommit(kind: DatabaseKind) async throws {
        try await StorageRoom.with(kind) { room in
            let file = try await room.file([1], payment: .unpaid)
            let desk = room.desk { file, _, _ in
                guard file.payment == .paid else { throw StorageError(.badState, "It is not paid.") }
            }
            let move = try await desk.move(file.id, StorageRoom.order)
            #expect(move.step == .returned)
            #expect(try await room.row(file.id) == file)
            #expect(try await room.keys() == [file.key.text])
            var other = try TestFile.make()
            other.key = move.target
            let intruder = other
            await #expect(throws: StorageError(.alreadyExists, "")) {
                try await room.database.write { tx in try FileStore.insert(intruder, in: tx) }
            }
            await #expect(throws: StorageError(.alreadyExists, "")) {
                try await room.database.write { tx in
                    var file = try FileStore.lock(file.id, in: tx)
                    file.key = move.target
                    try FileStore.save(file, in: tx)
                }
            }
            try await room.database.write { tx in
                try FileStore.mark(file.id, payment: .paid, at: room.clock.now, in: tx)
            }
            #expect(try await desk.move(file.id, StorageRoom.order).step == .committed)
        }
    }

    @Test("A failure of the host's own rows lets the move be tried again")
    func aFailedCommit() async throws {
        try await StorageRoom.with(.sqliteMemory) { room in
            let file = try await room.file([1])
            let fails = Mutex(true)
            let desk = room.desk { _, _, _ in
                if fails.withLock({ $0 }) { throw DatabaseError(.checkViolation, "no") }
            }
            await #expect(throws: StorageError(.databaseFailed, "")) {
                try await desk.move(file.id, StorageRoom.order)
            }
            let page = try await desk.list([.verified])
            #expect(page.items.map(\.attempts) == [1])
            #expect(try await desk.progress().failing == 1)
            #expect(try await room.row(file.id) == file)
            fails.withLock { $0 = false }
            #expect(try await desk.resume().isEmpty)
            room.clock.advance(microseconds: 5_000_000)
            #expect(try await desk.resume().map(\.step) == [.committed])
        }
    }

    @Test("A row that changed is compared again; one that was deleted ends the move", arguments: DatabaseKind.all)
    func aRowThatChanged(kind: DatabaseKind) async throws {
        try await StorageRoom.with(kind) { room in
            let desk = room.desk()
            let (touched, deleted) = (try await room.file([1]), try await room.file([2]))
            for (file, step) in [(touched, MigrationStep.committed), (deleted, .returned)] {
                let move = try await room.database.write { tx in try desk.start(file.id, StorageRoom.order, in: tx) }
                try await room.database.write { tx in
                    if step == .committed {
                        try FileStore.touch(file.id, downloaded: room.clock.now, in: tx)
                    } else {
                        try FileStore.delete(file.id, at: room.clock.now, in: tx)
                    }
                }
                #expect(try await desk.advance(move.id).step == step)
            }
            #expect(try await room.row(touched.id).times.downloaded != nil)
            #expect(try await room.bytes(deleted.key) == [2])
        }
    }

    @Test("A move can be cancelled until it is committed")
    func cancelling() async throws {
        try await StorageRoom.with(.sqliteMemory) { room in
            let file = try await room.file([1])
            let desk = room.desk()
            let move = try await room.database.write { tx in try desk.start(file.id, StorageRoom.order, in: tx) }
            let again = try await room.database.write { tx in try desk.start(file.id, StorageRoom.order, in: tx) }
            #expect(again.id == move.id)
            #expect(try await desk.cancel(move.id).step == .returned)
            #expect(try await desk.cancel(move.id).step == .returned)
            #expect(try await room.row(file.id) == file)
            let second = try await desk.move(file.id, StorageRoom.order)
            #expect(second.id != move.id)
            await #expect(throws: StorageError(.badState, "")) { try await desk.cancel(second.id) }
            #expect(try await desk.list(file: file.id).items.map(\.id) == [second.id, move.id])
        }
    }

    @Test("Links and uses keep the source; endless uses do not")
    func links() async throws {
        try await StorageRoom.with(.sqliteMemory) { room in
            let file = try await room.file([1])
            let until = room.clock.now.advanced(by: .seconds(7 * 86_400))
            try await room.database.write { tx in try FileStore.touch(file.id, linkedUntil: until, in: tx) }
            let desk = room.desk()
            #expect(try await desk.move(file.id, StorageRoom.order).waitUntil == until)
            room.clock.set(until)
            let used = until.advanced(by: .seconds(3600))
            try await room.database.write { tx in try FileStore.touch(file.id, usedUntil: used, in: tx) }
            #expect(try await desk.resume().map(\.waitUntil) == [used])
            room.pass(days: 2)
            let long = room.clock.now.advanced(by: .seconds(3600))
            try await room.database.write { tx in try FileStore.touch(file.id, usedUntil: long, in: tx) }
            #expect(try await desk.resume().map(\.step) == [.done])
        }
    }

    @Test("Only files that are accepted are moved, and only to keys that can be")
    func refusals() async throws {
        try await StorageRoom.with(.sqliteMemory) { room in
            let desk = room.desk()
            for state in FileState.allCases where state != .accepted {
                let file = try await room.file([1], state: state)
                await #expect(throws: StorageError(.badState, ""), "\(state)") {
                    try await desk.move(file.id, StorageRoom.order)
                }
            }
            let file = try await room.file([1])
            await #expect(throws: StorageError(.badKey, "")) {
                try await desk.move(file.id, MigrationOrder(prefix: "../", who: "test"))
            }
            await #expect(throws: StorageError(.notFound, "")) {
                try await desk.move(room.ids.make(), StorageRoom.order)
            }
            #expect(try await desk.progress().running == 0)
        }
    }

    @Test("The audit names the first line that is broken", arguments: ["change", "remove", "tail", "forge"])
    func brokenAudit(how: String) async throws {
        try await StorageRoom.with(.sqliteMemory) { room in
            for number in 1...1200 {
                let line = AuditEntry(at: room.clock.now, who: "test", action: "line \(number)", result: "done")
                try await room.database.write { tx in try AuditTrail.append(line, in: tx) }
            }
            #expect(try await AuditTrail.verify(room.database) == .whole(1200))
            await #expect(throws: (any Error).self) {
                try await room.database.write { tx in try tx.execute("UPDATE storage_audit SET who = 'x'") }
            }
            try await room.database.write { tx in
                try tx.execute("DROP TRIGGER storage_audit_never_update")
                try tx.execute("DROP TRIGGER storage_audit_never_delete")
                switch how {
                case "change": try tx.execute("UPDATE storage_audit SET result = 'lost' WHERE seq = 700")
                case "remove": try tx.execute("DELETE FROM storage_audit WHERE seq = 700")
                case "tail": try tx.execute("DELETE FROM storage_audit WHERE seq >= 700")
                default:
                    let entry = AuditEntry(at: room.clock.now, who: "eve", action: "line 700", result: "done")
                    let before: [UInt8] = try tx.value("SELECT previous FROM storage_audit WHERE seq = 700") ?? []
                    let hash = AuditRecord.hash(700, entry, after: before)
                    try tx.execute("UPDATE storage_audit SET who = 'eve', hash = \(hash) WHERE seq = 700")
                }
            }
            guard case .broken(let at, _) = try await AuditTrail.verify(room.database) else {
                Issue.record("the audit looks whole after: \(how)")
                return
            }
            #expect(at == (how == "forge" ? 701 : 700))
        }
    }

    @Test("Lists come a page at a time")
    func pages() async throws {
        try await StorageRoom.with(.sqliteMemory) { room in
            let desk = room.desk()
            for number in 0..<7 { _ = try await desk.move(try await room.file([UInt8(number)]).id, StorageRoom.order) }
            var (found, after): ([MigrationID], Cursor?) = ([], nil)
            repeat {
                let page = try await desk.list(page: PageRequest(after: after, limit: 3))
                found += page.items.map(\.id)
                after = page.next
            } while after != nil
            #expect(found.count == 7 && found == found.sorted(by: >))
            let strange = try Cursor(list: "other", after: Int64(1))
            await #expect(throws: StorageError(.badRequest, "")) {
                try await desk.list(page: PageRequest(after: strange))
            }
            #expect(try await desk.progress() == MigrationProgress(counts: [.committed: 7], bytesToMove: 0, failing: 0))
        }
    }

    @Test("Waits between attempts double up to their limit")
    func waits() {
        let limits = MigrationLimits()
        #expect([0, 1, 2, 3, 4].map { limits.wait(after: $0) } == [5, 5, 10, 20, 40])
        #expect(limits.wait(after: .max) == 3600)
    }
}
