// What must hold in the small service, at any time and in the end.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import Synchronization
import TestSupport

@testable import BuskerStorage

/// A value behind a lock.
final class Synced<Value: Sendable>: Sendable {
    private let held: Mutex<Value>
    init(_ value: Value) { held = Mutex(value) }
    var value: Value { held.withLock { $0 } }
    func change(_ body: @Sendable (inout Value) -> Void) { held.withLock { body(&$0) } }
}

extension StorageWorld {
    /// What is wrong now; nothing when all promises are kept.
    func complaint() async throws -> String? {
        let rows = try await base.read { tx in try FileStore.rows("1 = 1", in: tx) }
        for row in rows {
            guard let promise = promises[row.id] else { return "a row that nobody made" }
            let isAlive = ![FileState.uploading, .tombstoned, .gone].contains(row.state)
            if isAlive, try await bytes(row.key) != promise.bytes { return "\(row.id) lost its bytes" }
            if promise.isAccepted, !promise.mayBeDeleted, row.state != .accepted {
                return "\(row.id) was accepted and is \(row.state)"
            }
            if row.standing == .permanent, !promise.mayBePaid { return "\(row.id) is permanent and was never paid" }
            if row.isReadable, row.key.text.hasPrefix("permanent/"), !promise.mayBePaid {
                return "\(row.id) can be read where paid files are"
            }
        }
        for (id, promise) in promises where promise.isAccepted && !rows.contains(where: { $0.id == id }) {
            return "\(id) was accepted and has no row"
        }
        return try await lostPieces()
    }

    func bytes(_ key: ObjectKey) async throws -> [UInt8]? {
        do {
            return try await inner.get(key, GetOptions()).body.collect(upTo: 1 << 20)
        } catch let error as StorageError where error.code == .notFound {
            return nil
        }
    }

    /// Lets everything come to its end without faults; what is left over, or what is wrong.
    func settle() async throws -> String? {
        await plan.arrive()
        let desk = desk(base, inner)
        let sweeper = try sweeper(base, inner)
        for _ in 0..<12 {
            try await uploads(base, inner).sweep()
            try await desk.resume()
            if try await desk.progress().running == 0 { break }
            clock.advance(microseconds: 5 * 3_600_000_000)
        }
        if try await desk.progress().running > 0 { return "a move does not end" }
        for days in [0, 8, 8, 31, 1] {
            clock.advance(microseconds: Int64(days) * 86_400_000_000)
            try await uploads(base, inner).sweep()
            let report = try await sweeper.sweep()
            if report.end != .finished { return "a sweep does not end" }
            if let complaint = try await complaint() { return complaint }
        }
        let rows = try await base.read { tx in try FileStore.rows("state <> 'gone'", in: tx) }
        if let stuck = rows.first(where: { $0.state != .accepted }) { return "\(stuck.id) stays \(stuck.state)" }
        if let complaint = try await mend(rows) { return complaint }
        let keys = try await inner.list(ListRequest()).objects.map(\.key)
        let left = Set(keys).subtracting(rows.map(\.key))
        if let one = left.first { return "\(one) is left over" }
        let parts = try await inner.listMultiparts(prefix: "", after: nil, limit: 1)
        if let part = parts.items.first { return "parts of \(part.key) are left over" }
        return nil
    }

    /// Makes every copy that is missing in a tier; both tiers must be good in the end.
    private func mend(_ rows: [FileRecord]) async throws -> String? {
        guard let tiers = inner as? TieredStore else { return nil }
        for file in rows.compactMap({ TieredFile($0) }) {
            for tier in [StoreTier.near, .far] {
                if let failure = await tiers.repair(file.repair(of: tier)).failure, failure.code != .badDigest,
                    failure.code != .notFound
                {
                    return "\(file.key) cannot be repaired: \(failure)"
                }
            }
            for tier in [StoreTier.near, .far] where await tiers.hashed(file, in: tier) != .good {
                return "\(file.key) is not good in the \(tier) tier"
            }
        }
        return nil
    }
}
