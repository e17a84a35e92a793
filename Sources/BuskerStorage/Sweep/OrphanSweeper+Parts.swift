// Uploads in parts that nobody goes on with.

import BuskerCore
import BuskerDatabase

extension OrphanSweeper {
    /// Aborts the uploads in parts under a prefix that are old and belong to no upload that goes on.
    func sweepParts(_ prefix: String, _ report: inout SweepReport) async throws(StorageError) {
        guard store.capabilities.multipart else { return }
        var after: String?
        repeat {
            let page = try await store.listMultiparts(prefix: prefix, after: after, limit: limits.pageKeys)
            for item in page.items where item.key.text.utf8.starts(with: prefix.utf8) {
                guard try await isAbandoned(item, isDry: report.isDry) else { continue }
                if !report.isDry { try await abort(item) }
                report.add(.abort, item.key, size: nil, linesMax: limits.reportLinesMax)
            }
            after = page.next
        } while after != nil
    }

    /// Aborts every upload in parts of a key.
    func abortParts(of key: ObjectKey) async throws(StorageError) {
        guard store.capabilities.multipart else { return }
        var after: String?
        repeat {
            let page = try await store.listMultiparts(prefix: key.text, after: after, limit: limits.pageKeys)
            for item in page.items where item.key == key { try await abort(item) }
            after = page.next
        } while after != nil
    }

    private func abort(_ item: MultipartListing.Item) async throws(StorageError) {
        try await store.resumeMultipart(item.key, upload: item.upload, PutOptions()).abort()
        let name = Self.name(item)
        try await writing { tx in try SweepStore.forget([name], in: tx) }
    }

    /// Whether an upload is old enough and no row is waiting for it.
    ///
    /// Where the store does not say when it was begun, the time it was first seen counts.
    private func isAbandoned(_ item: MultipartListing.Item, isDry: Bool) async throws(StorageError) -> Bool {
        let now = clock.now
        let name = Self.name(item)
        let look: @Sendable (ReadTransaction) throws -> (waits: Bool, seen: Timestamp?) = { tx in
            let row = try FileStore.find(key: item.key, in: tx)
            return (row?.state == .uploading, try SweepStore.firstSeen(name, in: tx))
        }
        let (waits, seen) = try await reading(look)
        guard !waits else { return false }
        guard let began = item.began ?? seen else {
            if !isDry { try await writing { tx in try SweepStore.sight([(name, item.upload)], at: now, in: tx) } }
            return false
        }
        return began.microseconds(until: now) >= Duration.seconds(limits.orphanSeconds).microseconds64
    }

    /// A name that no key has.
    private static func name(_ item: MultipartListing.Item) -> String { item.key.text + "\n" + item.upload }
}
