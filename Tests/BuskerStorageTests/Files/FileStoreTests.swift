// Rows of files behave alike in every database.

import BuskerCore
import BuskerDatabase
import BuskerStorage
import TestSupport
import Testing

@Suite struct FileStoreTests {
    private static let now = TestFile.start.advanced(by: .seconds(60))

    private static func open<T: Sendable>(
        _ kind: DatabaseKind, _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        try await withDatabase(kind) { database in
            try await database.migrate(StorageSchema.migrations)
            return try await database.write(body)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aRowComesBackAsItWas(kind: DatabaseKind) async throws {
        try await Self.open(kind) { tx in
            var file = try TestFile.make(name: "Grüße 한글.wav", state: .quarantined)
            file.subject = "job_1"
            file.tags = ["plan": "pro", "a\"b": "\u{1F600}"]
            file.legalHold = "because"
            file.near = .present
            file.far = .damaged
            file.standing = .permanent
            file.payment = .disputed
            for (at, path) in Self.timePaths.enumerated() {
                file.times[keyPath: path] = Self.now.advanced(byMicroseconds: Int64(at))
            }
            try FileStore.insert(file, in: tx)
            #expect(try FileStore.find(file.id, in: tx) == file)
            #expect(try FileStore.find(key: file.key, in: tx) == file)
            #expect(try FileStore.find(file.id, owner: "ann", in: tx) == file)
            #expect(try FileStore.find(file.id, owner: "bob", in: tx) == nil)
            #expect(throws: StorageError(.notFound, "")) { try FileStore.lock(file.id, owner: "bob", in: tx) }
        }
    }

    private static let timePaths: [any WritableKeyPath<FileTimes, Timestamp?> & Sendable] = [
        \.received, \.paid, \.delivered, \.downloaded, \.finished, \.expires, \.orphaned, \.ownerDeleted,
        \.linkedUntil, \.usedUntil, \.deleted,
    ]

    @Test(arguments: DatabaseKind.all)
    func aChangeNeedsTheVersionItSaw(kind: DatabaseKind) async throws {
        try await Self.open(kind) { tx in
            var file = try TestFile.make()
            try FileStore.insert(file, in: tx)
            var other = file
            file.subject = "first"
            file = try FileStore.save(file, in: tx)
            #expect(file.version == 2)
            other.subject = "second"
            #expect(throws: StorageError(.conflict, "")) { try FileStore.save(other, in: tx) }
            #expect(try FileStore.find(file.id, in: tx) == file)
            let stranger = try TestFile.make()
            #expect(throws: StorageError(.notFound, "")) { try FileStore.save(stranger, in: tx) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func theTableLetsNothingComeBack(kind: DatabaseKind) async throws {
        try await Self.open(kind) { tx in
            for from in FileState.allCases {
                for to in FileState.allCases {
                    var file = try TestFile.make(state: from)
                    try FileStore.insert(file, in: tx)
                    file.state = to
                    if FileMachine.states(before: to).contains(from) {
                        #expect(try FileStore.save(file, in: tx).state == to)
                    } else {
                        #expect(throws: StorageError(.badState, ""), "\(from) \(to)") {
                            try FileStore.save(file, in: tx)
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aKeyIsUsedOnceUntilItsFileIsGone(kind: DatabaseKind) async throws {
        try await Self.open(kind) { tx in
            let first = try TestFile.make(state: .tombstoned)
            try FileStore.insert(first, in: tx)
            var second = try TestFile.make()
            second.key = first.key
            let taken = second
            #expect(throws: StorageError(.alreadyExists, "")) {
                try tx.savepoint { try FileStore.insert(taken, in: tx) }
            }
            try FileStore.save(FileMachine.apply(.vanish, to: first), in: tx)
            try FileStore.insert(second, in: tx)
            #expect(try FileStore.find(key: second.key, in: tx)?.id == second.id)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func attachAndDetachKeepTheTimeOfTheOrphan(kind: DatabaseKind) async throws {
        try await Self.open(kind) { tx in
            let id = try insert(TestFile.make(), in: tx)
            #expect(try FileStore.detach(id, at: Self.now, in: tx).times.orphaned == Self.now)
            let again = try FileStore.detach(id, at: Self.now.advanced(by: .seconds(5)), in: tx)
            #expect(again.times.orphaned == Self.now && again.subject == nil)
            let attached = try FileStore.attach(id, to: "job_1", in: tx)
            #expect(attached.subject == "job_1" && attached.times.orphaned == nil && attached.version == 4)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func tombstonesRefuseEverythingButTheBooks(kind: DatabaseKind) async throws {
        try await Self.open(kind) { tx in
            for state in [FileState.tombstoned, .gone] {
                let id = try insert(TestFile.make(state: state), in: tx)
                let refused = StorageError(.badState, "")
                #expect(throws: refused) { try FileStore.attach(id, to: "job", in: tx) }
                #expect(throws: refused) { try FileStore.detach(id, at: Self.now, in: tx) }
                #expect(throws: refused) { try FileStore.mark(id, payment: .paid, at: Self.now, in: tx) }
                #expect(throws: refused) { try FileStore.delete(id, at: Self.now, in: tx) }
                #expect(throws: refused) { try FileStore.undelete(id, in: tx) }
                #expect(throws: refused) { try FileStore.hold(id, because: "law", in: tx) }
                #expect(throws: refused) { try FileStore.touch(id, linkedUntil: Self.now, in: tx) }
                #expect(try FileStore.mark(id, payment: .refunded, at: Self.now, in: tx).payment == .refunded)
            }
            let stranger = try TestFile.make().id
            #expect(throws: StorageError(.notFound, "")) { try FileStore.attach(stranger, to: "job", in: tx) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func deletionCanBeUndoneAndHoldsForbidIt(kind: DatabaseKind) async throws {
        try await Self.open(kind) { tx in
            let id = try insert(TestFile.make(), in: tx)
            let deleted = try FileStore.delete(id, at: Self.now, in: tx)
            #expect(deleted.times.deleted == Self.now && !deleted.isReadable)
            #expect(try FileStore.delete(id, at: .init(microseconds: 0), in: tx).times.deleted == Self.now)
            #expect(throws: StorageError(.badState, "")) { try FileStore.attach(id, to: "job", in: tx) }
            #expect(throws: StorageError(.badState, "")) { try FileStore.touch(id, linkedUntil: Self.now, in: tx) }
            #expect(try FileStore.undelete(id, in: tx).isReadable)
            #expect(try FileStore.hold(id, because: "court", in: tx).legalHold == "court")
            #expect(throws: StorageError(.badState, "")) { try FileStore.delete(id, at: Self.now, in: tx) }
            #expect(try FileStore.hold(id, because: nil, in: tx).legalHold == nil)
            #expect(try FileStore.delete(id, at: Self.now, in: tx).times.deleted == Self.now)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func promisesOnlyMoveForward(kind: DatabaseKind) async throws {
        try await Self.open(kind) { tx in
            let id = try insert(TestFile.make(), in: tx)
            let later = Self.now.advanced(by: .seconds(60))
            var file = try FileStore.touch(id, linkedUntil: later, usedUntil: Self.now, downloaded: Self.now, in: tx)
            file = try FileStore.touch(id, linkedUntil: Self.now, usedUntil: later, downloaded: later, in: tx)
            file = try FileStore.touch(id, finished: Self.now, in: tx)
            #expect(file.times.linkedUntil == later && file.times.usedUntil == later && file.times.downloaded == later)
            #expect(file.times.delivered == Self.now && file.times.finished == Self.now && file.version == 4)
            #expect(try FileStore.mark(id, payment: .paid, at: Self.now, in: tx).times.paid == Self.now)
            #expect(try FileStore.mark(id, payment: .disputed, at: later, in: tx).times.paid == Self.now)
            #expect(try FileStore.mark(id, payment: .paid, at: later, in: tx).times.paid == Self.now)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatIsPaidAgainAfterARefundIsPaidThen(kind: DatabaseKind) async throws {
        try await Self.open(kind) { tx in
            let id = try insert(TestFile.make(), in: tx)
            let later = Self.now.advanced(by: .seconds(60))
            try FileStore.mark(id, payment: .paid, at: Self.now, in: tx)
            #expect(try FileStore.mark(id, payment: .refunded, at: later, in: tx).times.paid == Self.now)
            #expect(try FileStore.mark(id, payment: .paid, at: later, in: tx).times.paid == later)
            // A clock that went back makes no promise shorter.
            try FileStore.mark(id, payment: .refunded, at: later, in: tx)
            #expect(try FileStore.mark(id, payment: .paid, at: Self.now, in: tx).times.paid == later)
        }
    }

    @Test func tagsAreBounded() async throws {
        try await Self.open(.sqliteMemory) { tx in
            var file = try TestFile.make()
            for at in 0...FileRecord.tagsMax { file.tags["tag\(at)"] = "x" }
            let many = file
            #expect(throws: StorageError(.tooLarge, "")) { try FileStore.insert(many, in: tx) }
            file.tags = ["a": String(repeating: "x", count: 5000)]
            let long = file
            #expect(throws: StorageError(.tooLarge, "")) { try FileStore.insert(long, in: tx) }
        }
    }

    @Test func anOwnerWhoLeftLeavesAllFiles() async throws {
        try await Self.open(.sqliteMemory) { tx in
            let id = try insert(TestFile.make(), in: tx)
            try insert(TestFile.make(state: .gone), in: tx)
            try insert(TestFile.make(owner: "bob"), in: tx)
            #expect(try FileStore.ownerLeft("ann", at: Self.now, in: tx) == 1)
            #expect(try FileStore.find(id, in: tx)?.times.ownerDeleted == Self.now)
            #expect(try FileStore.ownerLeft("ann", at: Self.now, in: tx) == 0)
        }
    }
}

/// Inserts a row and answers its id.
@discardableResult
func insert(_ file: FileRecord, in tx: Transaction) throws -> FileID {
    try FileStore.insert(file, in: tx)
    return file.id
}
