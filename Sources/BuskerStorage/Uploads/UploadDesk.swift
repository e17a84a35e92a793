// Where uploads are handed in.

public import BuskerCore
public import BuskerDatabase
public import BuskerHTTP
import Synchronization

/// Takes uploads in, whoever carries them: limits, looks, and rows that say what became of them.
///
/// The row of a file exists before its first byte, under a key that no client chose. Every attempt has a file and a key of its
/// own, so that a sender believed dead cannot write into what came after it. Nobody but the scanner reads a content before it
/// was accepted.
public final class UploadDesk: Sendable {
    let database: any Database
    let store: any ObjectStore
    let clock: any WallClock
    let timer: any Clock<Duration>
    let ids: IDGenerator
    let limits: UploadLimits
    let scanner: (any VirusScanner)?
    let inspector: (any ContentInspector)?
    let categories: [String: UploadCategory]
    private let random: Mutex<any RandomNumberGenerator & Sendable>

    /// Makes a desk on a database that has the tables of ``StorageSchema/migrations``.
    ///
    /// - Parameters:
    ///   - database: where rows are.
    ///   - store: where bytes go, under `incoming/`.
    ///   - categories: the categories of this host, by which uploads are taken up again; each has a name of its own.
    ///   - limits: how much of each owner, how long.
    ///   - scanner: looks for viruses; none looks when there is none.
    ///   - inspector: opens contents; none are opened when there is none.
    ///   - clock: the time of day.
    ///   - timer: measures silence, such as `ContinuousClock()`.
    ///   - ids: makes ids of files.
    ///   - random: makes tokens.
    public init(
        _ database: any Database, store: any ObjectStore,
        categories: [UploadCategory] = [.image, .video, .document, .audio], limits: UploadLimits = UploadLimits(),
        scanner: (any VirusScanner)? = nil, inspector: (any ContentInspector)? = nil,
        clock: any WallClock = SystemClock(), timer: any Clock<Duration>, ids: IDGenerator = IDGenerator(),
        random: any RandomNumberGenerator & Sendable = SystemRandom()
    ) {
        self.database = database
        self.store = store
        self.limits = limits
        self.scanner = scanner
        self.inspector = inspector
        self.clock = clock
        self.timer = timer
        self.ids = ids
        self.categories = Dictionary(categories.map { ($0.name, $0) }) { first, _ in first }
        self.random = Mutex(random)
    }

    /// Takes one upload in, piece by piece, and has it looked at.
    ///
    /// The same key with the same content answers the same file, however often it is sent; with another content it fails.
    /// - Parameters:
    ///   - request: what is uploaded.
    ///   - body: the bytes; a body whose reading does not end when its task is cancelled can hold the call up.
    ///   - looksAtOnce: whether the answer waits for the look; else ``scan(_:)`` or ``sweep(limit:remembered:)`` does it.
    ///   - progress: hears of every piece.
    /// - Returns: the file, accepted or quarantined, or received when nobody looked yet.
    /// - Throws: ``StorageError`` with `tooLarge`, `badLength`, `badType`, `badDigest`, `timedOut`, `noSpace`, `cancelled`,
    ///   `rateLimited` for too many uploads or bytes, `conflict` while the same key is being sent, `alreadyExists` when
    ///   another content came under it, or what the store and the database say. Nothing is kept then.
    public func upload(
        _ request: UploadRequest, _ body: HTTPBody, looksAtOnce: Bool = true,
        progress: @escaping @Sendable (UploadProgress) -> Void = { _ in }
    ) async throws(StorageError) -> FileRecord {
        var request = request
        if let size = request.size, let length = body.length, size != length {
            throw StorageError(.badLength, "The body has \(length) bytes instead of the \(size) announced.")
        }
        request.size = request.size ?? body.length
        let begun = try await begin(request, way: .stream)
        switch begun {
        case .known(let file): return try await compare(file, with: request, body)
        case .new(let upload, let file):
            let pulse = watchdog.pulse()
            let size = request.size
            let intake = UploadIntake(request) { count in
                pulse.beat()
                progress(UploadProgress(file: file.id, received: count, expected: size))
            }
            let keeper = Task { [self] in await keep(upload) }
            defer { keeper.cancel() }
            do throws(StorageError) {
                try await transfer(request, body, to: file, intake, pulse)
                let received = try await receive(upload, intake)
                return looksAtOnce ? try await scan(received.id) : received
            } catch {
                await giveUp(upload.id, token: upload.token, received: intake.count)
                throw error
            }
        }
    }

    /// Bytes that nobody guesses.
    func token() -> [UInt8] {
        random.withLock { random in (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) } }
    }

    func category(_ name: String) throws(StorageError) -> UploadCategory {
        guard let category = categories[name] else {
            throw StorageError(.badState, "The upload is of the category \(name), which this host does not have.")
        }
        return category
    }

    func read<T: Sendable>(
        _ body: @escaping @Sendable (ReadTransaction) throws -> T
    ) async throws(StorageError) -> T {
        do { return try await database.read(body) } catch { throw StorageError(any: error) }
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws(StorageError) -> T {
        do { return try await database.write(body) } catch { throw StorageError(any: error) }
    }

    /// Runs what must be done although the task was cancelled.
    func shielded<T: Sendable>(_ body: @escaping @Sendable () async -> T) async -> T {
        await Task { await body() }.value
    }

    var watchdog: Watchdog { Watchdog(clock: timer, idle: limits.idleTime, total: limits.totalTime) }

    /// Lets the bytes pass into the store.
    private func transfer(
        _ request: UploadRequest, _ body: HTTPBody, to file: FileRecord, _ intake: UploadIntake,
        _ pulse: Watchdog.Pulse
    ) async throws(StorageError) {
        let options = PutOptions(
            mode: .create, contentType: file.contentType, length: request.size, bytesMax: request.bytesMax,
            sha256: request.sha256)
        let pieces = IntakePieces(pieces: body.asPieces, intake: intake)
        let store = store
        let info = try await watchdog.run(pulse) { () async throws(StorageError) in
            do throws(StorageError) {
                return try await store.put(file.key, .pieces(pieces, length: request.size), options)
            } catch {
                throw intake.fault ?? error
            }
        }
        guard info.size == intake.count else {
            throw StorageError(.badAnswer, "The store has \(info.size) bytes of \(intake.count); send them again.")
        }
    }

    /// Whether what comes is what came under the same key before; reads it and keeps nothing.
    private func compare(
        _ file: FileRecord, with request: UploadRequest, _ body: HTTPBody
    ) async throws(StorageError) -> FileRecord {
        let other = StorageError(
            .alreadyExists, "Another content was uploaded under this key; use a new key for a new upload.")
        if let promised = request.sha256, promised != file.sha256 { throw other }
        if let size = request.size, size != file.size { throw other }
        let pulse = watchdog.pulse()
        let hash = try await watchdog.run(pulse) { () async throws(StorageError) in
            var sum = ContentHash.Summing()
            var count: Int64 = 0
            do {
                for try await piece in body.asPieces {
                    pulse.beat()
                    count += Int64(piece.count)
                    guard count <= file.size ?? 0 else { throw other }
                    sum.add(piece)
                }
                try Task.checkCancellation()
            } catch {
                throw StorageError(endOfBody: error)
            }
            return sum.hash
        }
        guard hash == file.sha256 else { throw other }
        return file
    }
}
