// A service on a new database, with cheap work and real everything else.

import Busker
import BuskerAudio
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerJobs
import BuskerLedger
import BuskerStorage
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

/// Work that writes two small files, or fails in the way that the test sets.
final class CheapWork: Work {
    enum Mood: Sendable {
        case good
        case fault(WorkFault)
        case costs(Int64)
        case escapes(String)
        case waits(Gate)
        case meets(@Sendable (JobID) async throws -> Void)
    }

    let kind = "cheap"
    let card = "cheap"
    let timeLimit: Duration = .seconds(60)
    let mood = Mutex<[Mood]>([])
    let runs = Mutex(0)

    func card(for options: [String: String]) -> String { options["colour"] == "gold" ? "golden" : card }

    func estimate(_ sound: SoundFacts, options: [String: String]) throws(MediaError) -> [Usage] {
        guard options.keys.allSatisfy({ $0 == "colour" }) else { throw MediaError(.badOptions, "Only colours.") }
        return [Usage("song", 1)]
    }

    func run(_ task: WorkTask) async throws -> WorkProduct {
        runs.withLock { $0 += 1 }
        let input = try Data(contentsOf: URL(fileURLWithPath: task.sounding()))
        task.report(0.5, "halfway")
        let mood = self.mood.withLock { $0.isEmpty ? .good : $0.removeFirst() }
        var usages: [Usage]?
        switch mood {
        case .good: break
        case .fault(let fault): throw fault
        case .costs(let songs): usages = [Usage("song", songs)]
        case .escapes(let path):
            let files = FileManager.default
            try files.createSymbolicLink(atPath: task.folder + "/linked", withDestinationPath: "/etc")
            try files.createSymbolicLink(atPath: task.folder + "/hosts", withDestinationPath: "/etc/hosts")
            return WorkProduct([WorkFile(path, name: "x", kind: "stem", contentType: "audio/wav")])
        case .waits(let gate):
            await gate.opened()
            try Task.checkCancellation()
        case .meets(let event): try await event(task.job)
        }
        try input.prefix(100).write(to: URL(fileURLWithPath: task.folder + "/a.bin"))
        try Data("made for \(task.options["colour"] ?? "nothing")".utf8)
            .write(to: URL(fileURLWithPath: task.folder + "/b.bin"))
        return WorkProduct(
            [
                WorkFile("b.bin", name: "노래 b.bin", kind: "stem", contentType: "audio/x-b"),
                WorkFile("a.bin", name: "a.bin", kind: "stem", contentType: "audio/x-a", tags: ["stem": "a"]),
            ], usages: usages)
    }
}

/// Measures every sound as one second.
struct OneSecond: SoundMeter {
    func measure(_ content: ObjectContent) async throws(StorageError) -> SoundFacts {
        guard content.info.size > 60 else { throw StorageError(.badType, "There is no sound in it.") }
        return SoundFacts(microseconds: 1_000_000, sampleRate: 44_100, channels: 2)
    }
}

/// The service under test and what it is lent.
struct MediaBench: Sendable {
    let database: any Database
    let clock = ManualClock(Timestamp(microseconds: 1_795_000_000_000_000))
    let store: any ObjectStore
    let ledger: Ledger
    let work = CheapWork()
    let service: MediaService
    let desk: UploadDesk
    let folder: String
    let unit: Amount.Unit
    let owner = "usr_one"
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func open<T>(_ kind: DatabaseKind, credits: Int64 = 300, _ body: (MediaBench) async throws -> T) async throws
        -> T
    {
        try await withDatabase(kind) { database in
            try await withFolder { folder in try await body(try await MediaBench(database, folder, credits)) }
        }
    }

    init(_ database: any Database, _ folder: String, _ credits: Int64) async throws {
        self.database = database
        self.folder = folder
        unit = try Amount.Unit(code: "credit", scale: 2)
        let ids = IDGenerator(clock: clock, random: SeededGenerator(seed: 11))
        store = MemoryStore(clock: clock)
        ledger = Ledger(database, clock: clock, ids: ids)
        service = MediaService(
            MediaRooms(ledger: ledger, store: store, meter: OneSecond()), works: [work],
            settings: MediaSettings(workFolder: folder, attemptsMax: 2), clock: clock, ids: ids,
            random: SeededGenerator(seed: 12), log: log)
        try await service.migrate()
        desk = UploadDesk(database, store: store, clock: clock, timer: ContinuousClock(), ids: ids)
        for (name, price) in [("cheap", "1"), ("golden", "2")] {
            try await ledger.publish(
                RateCard(
                    name, effectiveAt: Timestamp(microseconds: 0), unit: unit,
                    meters: [Meter("song", price: .perUnit(ExactDecimal(price)))]))
        }
        for name in [owner, "usr_two"] {
            try await ledger.open(AccountName(name), unit: unit, key: IdempotencyKey("open:\(name)"))
        }
        if credits > 0 {
            try await ledger.grant(
                Amount(steps: credits, unit: unit), to: AccountName(owner), key: IdempotencyKey("grant:\(owner)"))
        }
    }

    static let sound: [UInt8] = {
        var settings = AudioWriterSettings(.wav(.int16), sampleRate: 8_000, channels: 1)
        settings.expectedFrames = 4_000
        let samples = (0..<4_000).map { Float(sin(Double($0) * 0.2)) * 0.5 }
        guard var writer = try? AudioWriter(.memory, settings: settings), (try? writer.write(samples.span)) != nil,
            let written = try? writer.finish()
        else { return [] }
        return written.bytes ?? []
    }()

    /// An accepted upload.
    func upload(_ bytes: [UInt8] = MediaBench.sound, of owner: String? = nil, name: String = "노래.wav") async throws
        -> FileRecord
    {
        try await desk.upload(
            UploadRequest(owner: owner ?? self.owner, category: .audio, name: name), .bytes(bytes))
    }

    func order(_ file: FileID, key: String? = nil, options: [String: String] = [:], owner: String? = nil) throws
        -> MediaOrder
    {
        MediaOrder(
            owner: owner ?? self.owner, account: try AccountName(owner ?? self.owner), file: file, work: "cheap",
            options: options, key: key)
    }

    func submitted(key: String? = nil) async throws -> MediaJob {
        try await service.submit(order(upload().id, key: key))
    }

    /// Does everything that is due within an hour of the bench's clock.
    func drain() async throws {
        let worker = try service.worker(clock: ContinuousClock())
        try await worker.drain(until: clock.now.advanced(by: .seconds(3_600))) { [clock] in clock.set($0) }
    }

    /// What can be spent, what is held, in steps.
    func standing() async throws -> [Int64] {
        let balance = try await ledger.balance(of: AccountName(owner))
        return [balance.available.steps, balance.held.steps]
    }

    /// Bytes in the store under outputs, and folders of attempts.
    func leftovers() async throws -> [String] {
        let objects = try await store.list(ListRequest(prefix: "output/")).objects.map(\.key.text)
        return try objects + FileManager.default.contentsOfDirectory(atPath: folder)
    }

    func bytes(_ content: ObjectContent) async throws -> [UInt8] { try await content.body.collect(upTo: 1 << 24) }
}
