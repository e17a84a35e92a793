// Uploads in parts of a store on a disk.

import BuskerCore

extension LocalStore {
    /// Begins an upload in parts.
    public func beginMultipart(
        _ key: ObjectKey, _ options: PutOptions
    ) async throws(StorageError) -> any MultipartUpload {
        try options.check()
        let upload = StagedFile.name(freshName(), now: clock.now)
        _ = try await stage(room: options.length ?? 0) { staged throws(StorageError) in
            self.info(
                key, size: 0, hash: ContentHash(of: []), contentType: options.contentType,
                attributes: options.attributes)
        } placing: { staged, _ throws(StorageError) in
            let uploads = try staged.disk.open("uploads")
            try uploads.makeFolder(upload)
            guard let folder = try uploads.folder(upload),
                try staged.folder.rename(staged.name, into: folder, as: LocalUpload.beginning) == .done
            else { throw LocalDisk.gone }
            try staged.disk.sync(folder)
            try staged.disk.sync(uploads)
        }
        return LocalUpload(store: self, key: key, upload: upload, options: options)
    }

    /// Takes an upload in parts up again.
    public func resumeMultipart(
        _ key: ObjectKey, upload: String, _ options: PutOptions
    ) throws(StorageError) -> any MultipartUpload {
        try options.check()
        return LocalUpload(store: self, key: key, upload: upload, options: options)
    }

    /// One page of the uploads in parts that have not ended.
    public func listMultiparts(
        prefix: String, after: String?, limit: Int
    ) async throws(StorageError) -> MultipartListing {
        try StorageError.checkCancellation()
        let disk = disk
        return try await threads.run { () throws(StorageError) in
            let uploads = try disk.open("uploads")
            var items: [MultipartListing.Item] = []
            try uploads.eachName { name throws(StorageError) in
                guard let began = StagedFile.began(name), let folder = try uploads.folder(name),
                    let beginning = try folder.file(LocalUpload.beginning)
                else { return }
                let info = try ObjectFooter.read(beginning, of: nil)
                items.append(MultipartListing.Item(key: info.key, upload: name, began: began))
            }
            return MultipartListing(page: items, prefix: prefix, after: after, limit: limit)
        }
    }
}

/// An upload in parts on a disk: a folder with a beginning and one file for each part, all written like objects.
struct LocalUpload: MultipartUpload {
    /// The file that says what the upload will be; without it the upload has ended.
    static let beginning = "begin"
    let store: LocalStore
    let key: ObjectKey
    let upload: String
    let options: PutOptions

    func put(part number: Int, _ bytes: [UInt8]) async throws(StorageError) -> UploadPart {
        try PartRules.check(number: number, size: bytes.count)
        let key = key
        let upload = upload
        let threads = store.threads
        let info = try await store.stage(room: Int64(bytes.count)) { staged throws(StorageError) in
            let ticket = threads.start { () throws(StorageError) in
                _ = try staged.disk.open(upload: upload, of: key)
                try staged.write(bytes, at: 0)
            }
            let hash = ContentHash(of: bytes)
            try await ticket.value()
            return self.store.info(key, size: Int64(bytes.count), hash: hash, contentType: nil, attributes: [:])
        } placing: { staged, _ throws(StorageError) in
            let (folder, _) = try staged.disk.open(upload: upload, of: key)
            guard try staged.folder.rename(staged.name, into: folder, as: Self.name(number)) == .done else {
                throw PartRules.ended
            }
            try staged.disk.sync(folder)
        }
        return UploadPart(number: number, size: info.size, entityTag: info.entityTag)
    }

    func parts() async throws(StorageError) -> [UploadPart] {
        try StorageError.checkCancellation()
        let (disk, key, upload) = (store.disk, key, upload)
        return try await store.threads.run { () throws(StorageError) in
            let (folder, _) = try disk.open(upload: upload, of: key)
            var parts: [UploadPart] = []
            try folder.eachName { name throws(StorageError) in
                guard let number = Self.number(name), let part = try Self.part(number, in: folder, of: key) else {
                    return
                }
                parts.append(part)
            }
            return parts.sorted { $0.number < $1.number }
        }
    }

    func complete(_ parts: [UploadPart]) async throws(StorageError) -> ObjectInfo {
        try StorageError.checkCancellation()
        let (disk, key, upload) = (store.disk, key, upload)
        let (folder, begun) = try await store.threads.run { () throws(StorageError) in
            try disk.open(upload: upload, of: key)
        }
        try await check(parts, in: folder)
        var intake = try BodyIntake(options, announced: nil, storeMax: store.capabilities.objectBytesMax)
        let mode = options.mode
        let info = try await store.stage(room: parts.reduce(0) { $0 + $1.size }) { staged throws(StorageError) in
            try await self.join(parts, in: folder, &intake, into: staged)
            return self.store.info(
                key, size: intake.count, hash: try intake.finish(), contentType: begun.contentType,
                attributes: begun.attributes)
        } placing: { staged, info throws(StorageError) in
            try staged.place(info, mode)
            try? disk.removeUpload(upload, in: disk.open("uploads"))
        }
        return info
    }

    func abort() async throws(StorageError) {
        try StorageError.checkCancellation()
        let (disk, key, upload) = (store.disk, key, upload)
        try await store.threads.run { () throws(StorageError) in
            do throws(StorageError) {
                _ = try disk.open(upload: upload, of: key)
            } catch {
                if error.code == .notFound { return }
                throw error
            }
            try disk.removeUpload(upload, in: disk.open("uploads"))
        }
    }

    /// Refuses a list that does not name the parts that are there.
    private func check(_ parts: [UploadPart], in folder: Descriptor) async throws(StorageError) {
        let (key, least) = (key, store.settings.partBytesMin)
        try await store.threads.run { () throws(StorageError) in
            var known: [Int: UploadPart] = [:]
            for part in parts where (1...10_000).contains(part.number) {
                known[part.number] = try Self.part(part.number, in: folder, of: key)
            }
            try PartRules.check(parts, against: { known[$0] }, bytesMin: least)
        }
    }

    /// Writes the parts one behind the other.
    private func join(
        _ parts: [UploadPart], in folder: Descriptor, _ intake: inout BodyIntake, into staged: StagedFile
    ) async throws(StorageError) {
        for part in parts {
            guard
                let file = try await store.threads.run({ () throws(StorageError) in
                    try folder.file(Self.name(part.number))
                })
            else { throw PartRules.ended }
            let pieces = LocalPieces(file: file, range: 0..<part.size, size: 1 << 20, threads: store.threads)
            var iterator = pieces.makeAsyncIterator()
            do {
                while let piece = try await iterator.next() {
                    let offset = intake.count
                    let ticket = store.threads.start { () throws(StorageError) in try staged.write(piece, at: offset) }
                    do throws(StorageError) {
                        try intake.add(piece)
                    } catch {
                        _ = try? await ticket.value()
                        throw error
                    }
                    try await ticket.value()
                }
            } catch {
                throw StorageError(endOfBody: error)
            }
        }
    }

    private static func part(
        _ number: Int, in folder: Descriptor, of key: ObjectKey
    ) throws(StorageError) -> UploadPart? {
        guard let file = try folder.file(name(number)) else { return nil }
        let info = try ObjectFooter.read(file, of: key)
        return UploadPart(number: number, size: info.size, entityTag: info.entityTag)
    }

    private static func name(_ number: Int) -> String { "part-\(number)" }

    private static func number(_ name: String) -> Int? {
        guard name.hasPrefix("part-"), let number = Int(name.dropFirst(5)), self.name(number) == name else {
            return nil
        }
        return number
    }
}

extension LocalDisk {
    /// The folder of an upload and what it will be.
    func open(upload: String, of key: ObjectKey) throws(StorageError) -> (folder: Descriptor, begun: ObjectInfo) {
        let uploads = try open("uploads")
        guard StagedFile.began(upload) != nil, let folder = try uploads.folder(upload),
            let beginning = try folder.file(LocalUpload.beginning)
        else { throw PartRules.ended }
        let begun = try ObjectFooter.read(beginning, of: nil)
        guard begun.key == key else { throw PartRules.ended }
        return (folder, begun)
    }

    /// Ends an upload: first its beginning, then its parts, then its folder.
    func removeUpload(_ upload: String, in uploads: Descriptor) throws(StorageError) {
        guard let folder = try uploads.folder(upload) else { return }
        try folder.remove(LocalUpload.beginning)
        try sync(folder)
        for _ in 0..<8 {
            var names: [String] = []
            try folder.eachName { names.append($0) }
            for name in names { try folder.remove(name) }
            if try uploads.remove(upload, isFolder: true) != .occupied { return }
        }
    }
}
