// Listings of a store on a disk, and what a crash has left there.

import BuskerCore

extension LocalStore {
    /// One page of the objects; a damaged one is listed with the tag `"damaged"`.
    public func list(_ request: ListRequest) async throws(StorageError) -> ObjectListing {
        try StorageError.checkCancellation()
        let disk = disk
        return try await threads.run { () throws(StorageError) in
            var walk = LocalWalk(request)
            _ = try walk.walk(try disk.open("objects"))
            return walk.page.listing
        }
    }

    /// Takes away staged files, and uploads without a beginning, that a crash has left.
    ///
    /// - Parameter age: how long ago they were begun at least; longer than any upload takes.
    /// - Returns: how many were taken away.
    /// - Throws: ``StorageError`` with `unavailable` when the disk is not there.
    @discardableResult
    public func sweepStaging(olderThan age: Duration) async throws(StorageError) -> Int {
        try StorageError.checkCancellation()
        let (disk, now) = (disk, clock.now)
        return try await threads.run { () throws(StorageError) in
            let isOld = { (name: String) in
                StagedFile.began(name).map { $0.microseconds(until: now) >= age.microseconds64 } ?? false
            }
            var swept = 0
            let staging = try disk.open("staging")
            var names: [String] = []
            try staging.eachName { name in if isOld(name) { names.append(name) } }
            for name in names where try staging.remove(name) == .done { swept += 1 }

            let uploads = try disk.open("uploads")
            names = []
            try uploads.eachName { name in if isOld(name) { names.append(name) } }
            for name in names {
                guard let upload = try uploads.folder(name), try upload.file(LocalUpload.beginning) == nil else {
                    continue
                }
                try disk.removeUpload(name, in: uploads)
                swept += 1
            }
            return swept
        }
    }
}
