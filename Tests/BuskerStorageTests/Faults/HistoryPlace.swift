// Where the bytes of a history lie.

import BuskerCore
import TestSupport
import Testing

@testable import BuskerStorage

/// A store, and the same store with faults.
enum HistoryPlace: Sendable, CustomTestStringConvertible {
    case memory(MemoryStore)
    case folder(LocalStore)
    case tiers(MemoryStore, MemoryStore)

    /// What kind of place it is.
    enum Kind: String, Sendable, CaseIterable {
        case memory
        case folder
        case tiers
    }

    var testDescription: String {
        switch self {
        case .memory: "memory"
        case .folder: "folder"
        case .tiers: "tiers"
        }
    }

    /// Both stores; each tier has faults of its own.
    func stores(
        _ plan: CallPlan, onRepair: @escaping @Sendable (TierRepair) -> Void
    ) throws -> (inner: any ObjectStore, faulty: any ObjectStore) {
        switch self {
        case .memory(let store): return (store, PlannedStore(base: store, plan: plan))
        case .folder(let store): return (store, PlannedStore(base: store, plan: plan))
        case .tiers(let near, let far):
            let faulty = try TieredStore(
                near: PlannedStore(base: near, plan: plan), far: PlannedStore(base: far, plan: plan),
                onRepair: onRepair)
            return (try TieredStore(near: near, far: far, onRepair: onRepair), faulty)
        }
    }

    /// Runs `body` with a new place of a kind.
    static func with<T>(_ kind: Kind, clock: ManualClock, _ body: (HistoryPlace) async throws -> T) async throws -> T {
        switch kind {
        case .memory: return try await body(.memory(MemoryStore(clock: clock)))
        case .tiers: return try await body(.tiers(MemoryStore(clock: clock), MemoryStore(clock: clock)))
        case .folder:
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let store = try folder.store()
            try await store.create()
            return try await body(.folder(store))
        }
    }
}
