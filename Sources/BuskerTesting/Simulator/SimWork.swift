// Work that costs next to nothing, and the sounds that it is done on.

import Busker
import BuskerCore
import BuskerHTTP
import BuskerLedger
import BuskerStorage
import Synchronization

/// How the next attempts go.
enum SimMood: String, Sendable, CaseIterable {
    case good
    case failsOnce
    case failsForGood
    case costsMore
    case costsLess
}

/// Writes two small files that say for which job they are.
struct SimWork: Work {
    /// On a file, paid before.
    static let kind = "cheap"
    /// From nothing, free to make; its first file is sold.
    static let freeKind = "whistle"

    let kind: String
    let stage: Stage
    let moods: SimMoods

    var card: String { kind }
    var needsFile: Bool { kind == Self.kind }
    var soldKinds: Set<String> { ["song"] }
    var timeLimit: Duration { .seconds(600) }

    func estimate(_ sound: SoundFacts, options: [String: String]) throws(MediaError) -> [Usage] {
        [Usage("song", Int64(options["songs"] ?? "1") ?? 1)]
    }

    func run(_ task: WorkTask) async throws -> WorkProduct {
        task.report(0.5, "halfway")
        await stage.pass()
        try Task.checkCancellation()
        let songs = Int64(task.options["songs"] ?? "1") ?? 1
        var usages: [Usage]?
        switch moods.next() {
        case .good: break
        case .failsOnce: throw WorkFault(.failed, "It failed, says the simulator.", isFinal: false)
        case .failsForGood: throw WorkFault(.soundUnreadable, "It cannot be done, says the simulator.", isFinal: true)
        case .costsMore: usages = [Usage("song", songs + 1)]
        case .costsLess: usages = [Usage("song", max(0, songs - 1))]
        }
        var files: [WorkFile] = []
        for place in 0..<2 {
            guard SimDisk.write(Self.bytes(of: task.job, place), to: "\(task.folder)/\(place).bin") else {
                throw WorkFault(.storeFailed, "No room.", isFinal: false)
            }
            files.append(
                WorkFile(
                    "\(place).bin", name: "\(place).bin", kind: place == 0 && kind == Self.freeKind ? "song" : "stem",
                    contentType: "application/octet-stream"))
        }
        return WorkProduct(files, usages: usages)
    }

    /// What an output of a job holds.
    static func bytes(of job: ID<some IDKind>, _ place: Int) -> [UInt8] {
        Array("output \(place) of \(job)\n".utf8)
    }

    /// A sound as the service takes it.
    static func sound(_ number: UInt64, _ length: Int) -> [UInt8] {
        var random = SimRandom(number)
        return Array("RIFF\u{24}\u{0}\u{0}\u{0}WAVEfmt ".utf8)
            + (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }
}

/// The moods of the attempts to come.
final class SimMoods: Sendable {
    private let moods = Mutex<[SimMood]>([])

    func add(_ mood: SimMood) { moods.withLock { if $0.count < 4 { $0.append(mood) } } }
    func clear() { moods.withLock { $0 = [] } }
    func next() -> SimMood { moods.withLock { $0.isEmpty ? .good : $0.removeFirst() } }
}

/// Measures every sound as one second.
struct SimMeter: SoundMeter {
    func measure(_ content: ObjectContent) async throws(StorageError) -> SoundFacts {
        SoundFacts(microseconds: 1_000_000, sampleRate: 44_100, channels: 2)
    }
}

/// A body that comes piece by piece, and gives others a turn before each.
struct SimPieces: AsyncSequence, AsyncIteratorProtocol, Sendable {
    let stage: Stage
    var rest: ArraySlice<UInt8>
    let size: Int

    func makeAsyncIterator() -> SimPieces { self }

    mutating func next() async throws -> [UInt8]? {
        await stage.pass()
        try Task.checkCancellation()
        let piece = rest.prefix(size)
        rest = rest.dropFirst(size)
        return piece.isEmpty ? nil : Array(piece)
    }
}
