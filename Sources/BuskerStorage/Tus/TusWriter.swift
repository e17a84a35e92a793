// Writes what one request brings, piece by piece.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import Synchronization

/// The holder of the lock of an upload, while its request lasts.
///
/// Without a check sum each piece counts as soon as it is written, and what is left when a connection breaks counts, too. With
/// one nothing counts until all of it came and the sum is right.
final class TusWriter: Sendable {
    /// Who writes; every change names it, so that a writer whose lock is over changes nothing.
    let token: [UInt8]
    private let desk: UploadDesk
    private let limits: TusLimits
    private let row: UploadRow
    private let most: Int64
    private let lockTime: Duration
    private let state: Mutex<State>

    private struct State {
        var received: Int64
        var number: Int
        var checksum: TusChecksum?
        var held: [UploadPiece] = []
        var buffer: [UInt8] = []
        var renewed: Timestamp
    }

    init(
        _ desk: UploadDesk, _ limits: TusLimits, _ row: UploadRow, checksum: TusChecksum?, lockTime: Duration,
        pieces: Int
    ) {
        self.desk = desk
        self.limits = limits
        self.row = row
        self.lockTime = lockTime
        token = row.token ?? []
        most = row.declaredSize ?? desk.categories[row.category]?.unknownBytesMax ?? 0
        state = Mutex(State(received: row.received, number: pieces, checksum: checksum, renewed: desk.clock.now))
    }

    /// Takes a body in; answers how many bytes of the upload count then.
    ///
    /// - Throws: ``StorageError`` with `tooLarge` when more comes than is announced, `badDigest`, `badType` when the first bytes
    ///   are not what was announced, `timedOut`, `conflict` when the lock was lost, or what the store says.
    func take(_ body: HTTPBody) async throws(StorageError) -> Int64 {
        let pulse = desk.watchdog.pulse()
        do throws(StorageError) {
            try await desk.watchdog.run(pulse) { () async throws(StorageError) in
                try await body.eachPiece { piece throws(StorageError) in
                    pulse.beat()
                    try await self.add(piece)
                }
            }
            try await flush()
        } catch {
            await keepRest(after: error)
            throw error
        }
        return try await commitHeld()
    }

    /// Gives the lock back.
    func unlock() async { await desk.release(row.id, token: token) }

    private func add(_ piece: [UInt8]) async throws(StorageError) {
        let (isFull, isOld) = try state.withLock { state throws(StorageError) in
            let (received, overflow) = state.received.addingReportingOverflow(Int64(state.buffer.count + piece.count))
            guard !overflow, received <= most else { throw UploadRequest.tooLarge(most) }
            state.checksum?.add(piece)
            state.buffer += piece
            let age = state.renewed.microseconds(until: desk.clock.now)
            return (state.buffer.count >= limits.pieceBytes, age > lockTime.microseconds64 / 4)
        }
        if isFull { try await flush() } else if isOld { try await renew() }
    }

    /// Writes what was gathered as one object, and counts it unless a check sum must be waited for.
    private func flush() async throws(StorageError) {
        let (bytes, number, first) = state.withLock { state in
            defer { state.buffer = [] }
            if !state.buffer.isEmpty { state.number += 1 }
            return (state.buffer, state.number, state.received == 0)
        }
        guard !bytes.isEmpty else { return }
        guard number <= limits.piecesMax else {
            throw StorageError(.badRequest, "The upload has too many pieces; begin again with larger ones.")
        }
        if first, bytes.count >= MediaSniffer.bytesMax { try await sniff(bytes) }
        let piece = UploadPiece(number: number, size: Int64(bytes.count), sha256: ContentHash(of: bytes), token: token)
        let key = try UploadDesk.pieceKey(row.id, piece)
        try await desk.store.put(key, .bytes(bytes), PutOptions(length: piece.size, sha256: piece.sha256))
        let waits = state.withLock { state in
            state.received += piece.size
            if state.checksum != nil { state.held.append(piece) }
            return state.checksum != nil
        }
        if waits { try await renew() } else { try await commit([piece]) }
    }

    private func sniff(_ head: [UInt8]) async throws(StorageError) {
        let id = row.id
        let name = try await desk.read { tx in try FileStore.find(id, in: tx)?.name } ?? DisplayName.fallback
        _ = try desk.category(row.category).check(
            head: Array(head.prefix(MediaSniffer.bytesMax)), declared: row.declaredType, name: DisplayName(name))
    }

    /// What came before a connection broke is worth keeping, unless its check sum can never be known.
    private func keepRest(after error: StorageError) async {
        let keeps = state.withLock { $0.checksum == nil } && error.code != .badType && error.code != .conflict
        await desk.shielded { [self] in
            do throws(StorageError) {
                if keeps { try await flush() } else { try await dropHeld() }
            } catch {
                return
            }
        }
    }

    private func commitHeld() async throws(StorageError) -> Int64 {
        let (held, isRight) = state.withLock { ($0.held, $0.checksum?.isRight ?? true) }
        guard isRight else {
            try await dropHeld()
            throw StorageError(.badDigest, "The check sum of the piece is another; send it again.")
        }
        if !held.isEmpty { try await commit(held) }
        return state.withLock { $0.received }
    }

    private func dropHeld() async throws(StorageError) {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        let keys = try held.map { piece throws(StorageError) in try UploadDesk.pieceKey(row.id, piece) }
        if !keys.isEmpty { _ = try await desk.store.delete(keys) }
    }

    /// Lets pieces count, if the lock is still held.
    private func commit(_ pieces: [UploadPiece]) async throws(StorageError) {
        try await holding { row, tx in
            for piece in pieces {
                try UploadStore.add(piece, to: row.id, in: tx)
                row.received += piece.size
            }
        }
    }

    private func renew() async throws(StorageError) { try await holding { _, _ in } }

    private func holding(
        _ body: @escaping @Sendable (inout UploadRow, Transaction) throws -> Void
    ) async throws(StorageError) {
        let now = desk.clock.now
        try await desk.write { [self] tx in
            guard var row = try UploadStore.lock(row.id, in: tx), row.isOpen, row.token == token else {
                throw UploadDesk.lost
            }
            try body(&row, tx)
            row.lease = now.advanced(by: lockTime)
            try UploadStore.save(row, in: tx)
        }
        state.withLock { $0.renewed = now }
    }
}
