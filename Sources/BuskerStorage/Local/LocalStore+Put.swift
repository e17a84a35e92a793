// Writing and copying in a store on a disk.

import BuskerCore
public import BuskerHTTP

extension LocalStore {
    /// Writes an object whole.
    @discardableResult
    public func put(_ key: ObjectKey, _ body: HTTPBody, _ options: PutOptions) async throws(StorageError) -> ObjectInfo
    {
        let intake = try BodyIntake(options, announced: body.length, storeMax: capabilities.objectBytesMax)
        return try await stage(room: body.length ?? options.length ?? 0) { staged throws(StorageError) in
            let (size, hash) = try await self.take(body, intake, staged)
            return self.info(
                key, size: size, hash: hash, contentType: options.contentType, attributes: options.attributes)
        } placing: { staged, info throws(StorageError) in
            try staged.place(info, options.mode)
        }
    }

    /// Copies an object with its type and attributes, and checks the hash of what is copied.
    @discardableResult
    public func copy(
        _ source: ObjectKey, to target: ObjectKey, mode: PutMode
    ) async throws(StorageError) -> ObjectInfo {
        let content = try await get(source, GetOptions())
        let known = content.info
        let options = PutOptions(
            mode: mode, contentType: known.contentType, length: known.size, sha256: known.sha256,
            attributes: known.attributes)
        return try await put(target, content.body, options)
    }

    /// Writes a staged file and puts it in its place; whatever fails, nothing of it stays.
    func stage(
        room: Int64, _ write: (StagedFile) async throws(StorageError) -> ObjectInfo,
        placing place: @escaping @Sendable (StagedFile, ObjectInfo) throws(StorageError) -> Void
    ) async throws(StorageError) -> ObjectInfo {
        try StorageError.checkCancellation()
        let (disk, name, now) = (disk, freshName(), clock.now)
        let staged = try await threads.run { () throws(StorageError) in
            try StagedFile(disk, name: name, now: now, room: room)
        }
        do throws(StorageError) {
            let info = try await write(staged)
            try StorageError.checkCancellation()
            try await threads.run { () throws(StorageError) in
                try staged.finish(info)
                try place(staged, info)
            }
            return info
        } catch {
            try? await threads.run { () throws(StorageError) in staged.drop() }
            throw error
        }
    }

    /// What is known of an object that is written now.
    func info(
        _ key: ObjectKey, size: Int64, hash: ContentHash, contentType: String?, attributes: [String: String]
    ) -> ObjectInfo {
        ObjectInfo(
            key: key, size: size, entityTag: "\"\(freshName())\"", modified: clock.now, contentType: contentType,
            attributes: attributes, sha256: hash)
    }

    /// Brings the bytes of a body into a staged file; what came is hashed while what came before is written.
    private func take(
        _ body: HTTPBody, _ start: BodyIntake, _ staged: StagedFile
    ) async throws(StorageError) -> (Int64, ContentHash) {
        var intake = start
        var writer = StagedWriter(staged: staged, threads: threads, most: settings.pieceBytes)
        do throws(StorageError) {
            try await body.eachPiece { piece throws(StorageError) in
                try await writer.add(piece) { bytes throws(StorageError) in try intake.add(bytes) }
            }
            try await writer.finish()
        } catch {
            try? await writer.settle()
            throw error
        }
        return (intake.count, try intake.finish())
    }
}

/// Gathers small pieces and writes them while the next ones come.
struct StagedWriter {
    private let staged: StagedFile
    private let threads: FileThreads
    private let most: Int
    private var waiting: [UInt8] = []
    private var offset: Int64 = 0
    private var ticket: FileTicket<Void>?

    init(staged: StagedFile, threads: FileThreads, most: Int) {
        self.staged = staged
        self.threads = threads
        self.most = most
    }

    /// Takes a piece, and has it examined while it, or what came before, is being written.
    ///
    /// A large piece is cut, because bytes that were just written are still near the processor when they are hashed.
    mutating func add(
        _ piece: [UInt8], examine: ([UInt8]) throws(StorageError) -> Void
    ) async throws(StorageError) {
        guard piece.count <= 2 * most else {
            for start in stride(from: 0, to: piece.count, by: most) {
                try await add(Array(piece[start..<min(start + most, piece.count)]), examine: examine)
            }
            return
        }
        if piece.count >= most, waiting.isEmpty {
            try await write(piece)
            return try examine(piece)
        }
        try examine(piece)
        waiting += piece
        if waiting.count >= most { try await flush() }
    }

    /// Writes what is left, and waits until all is written.
    mutating func finish() async throws(StorageError) {
        if !waiting.isEmpty { try await flush() }
        try await settle()
    }

    /// Waits for what is being written.
    mutating func settle() async throws(StorageError) {
        let last = ticket
        ticket = nil
        try await last?.value()
    }

    private mutating func flush() async throws(StorageError) {
        let bytes = waiting
        waiting = []
        waiting.reserveCapacity(most + most / 4)
        try await write(bytes)
    }

    private mutating func write(_ bytes: [UInt8]) async throws(StorageError) {
        try await settle()
        let (staged, place) = (staged, offset)
        offset += Int64(bytes.count)
        ticket = threads.start { () throws(StorageError) in try staged.write(bytes, at: place) }
    }
}
