// What strangers send to a host, one attack for each process, so that its memory can be told.

import ArgumentParser
import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerStorage
import Foundation

/// The attacks.
enum AttackName: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// Announces a thousand bytes and sends without end.
    case lyingLength
    /// Announces nothing and sends without end.
    case endless
    /// Begins four uploads and stands still in each.
    case slow
    /// Two thousand names that would leave their folder or hide their ending, and some of a megabyte.
    case names
    /// Another type than it says.
    case wrongType
    /// Sends without end while the disk has no room.
    case diskFull
    /// Sends a sound that grows ten thousand times.
    case bomb
    /// An upload as it should be, to compare with.
    case honest
}

/// One attack, what became of it, and how much memory it took.
struct Attack: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a host meet what a stranger sends; prints what became of it and the most memory that was held.")

    @Argument var name: AttackName
    @Option(help: "A folder for the host's files.") var folder: String
    @Option(help: "The sound that grows.") var sound: String?
    @Option(help: "The program that opens sounds.") var tool: String?

    func run() async throws {
        let root = URL(filePath: folder).appending(path: name.rawValue)
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        var settings = LocalSettings(reserve: 0)
        if name == .diskFull { settings.freeBytes = { 2_000_000 } }
        let store = try LocalStore(root: root.path, id: "host", settings: settings)
        try await store.create()
        let database = try SQLiteDatabase(path: root.path + ".db")
        try await database.migrate(StorageSchema.migrations)
        let limits = UploadLimits(dayBytesMax: .max, idleTime: name == .slow ? .milliseconds(300) : .seconds(60))
        let inspector = tool.map { SoundInspector(program: $0, folder: folder) }
        let desk = UploadDesk(
            database, store: store, limits: limits, inspector: inspector, timer: ContinuousClock())
        let before = Self.peak
        let outcomes = try await attack(desk)
        let counted = Dictionary(grouping: outcomes, by: \.self).mapValues(\.count).sorted { $0.key < $1.key }
        let left = try await store.list(ListRequest()).objects.count
        print(
            JSON.object([
                ("attack", .text(name.rawValue)),
                ("outcomes", .object(counted.map { ($0.key, JSON.number(Int64($0.value))) })),
                ("objects", .number(Int64(left))), ("before_bytes", .number(before)),
                ("peak_bytes", .number(Self.peak)),
            ]).description)
    }

    private func attack(_ desk: UploadDesk) async throws -> [String] {
        switch name {
        case .lyingLength: return [await Self.outcome(desk, request(size: 1000), .endless)]
        case .endless: return [await Self.outcome(desk, request(), .endless)]
        case .diskFull: return [await Self.outcome(desk, request(size: 40_000_000), .endless)]
        case .honest: return [await Self.outcome(desk, request(size: 40_000_000), .ofZeros(40_000_000))]
        case .wrongType:
            let picture: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]
            return [await Self.outcome(desk, request(), .bytes(picture + [UInt8](repeating: 0, count: 8_000)))]
        case .slow:
            return await withTaskGroup(of: String.self) { group in
                for _ in 0..<4 { group.addTask { await Self.outcome(desk, request(), .stalled) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
        case .names:
            var outcomes: [String] = []
            for number in 0..<2_000 {
                outcomes.append(await Self.outcome(desk, request(Self.name(number)), .ofZeros(60)))
            }
            return outcomes
        case .bomb:
            let bytes = try [UInt8](Data(contentsOf: URL(filePath: sound ?? "")))
            var request = request("bomb.ogg")
            request.contentType = "audio/ogg"
            return [await Self.outcome(desk, request, .bytes(bytes))]
        }
    }

    private func request(_ name: String = "song.wav", size: Int64? = nil) -> UploadRequest {
        UploadRequest(
            owner: "stranger", category: .audio, name: name, contentType: "audio/wav", size: size)
    }

    private static func name(_ number: Int) -> String {
        let names = [
            "../../../../etc/cron.d/x\(number).wav", "..\\..\\windows\\\(number).wav", "a\u{202E}vaw.exe\(number).wav",
            "/absolute/\(number).wav", "nul\u{0}byte\(number).wav", "CON.wav", "....//....//\(number).wav",
        ]
        return number % 50 == 49 ? String(repeating: "../", count: 350_000) + "x.wav" : names[number % names.count]
    }

    /// What a client is told: the state of its file and its name where that is odd, or the code of the error.
    private static func outcome(_ desk: UploadDesk, _ request: UploadRequest, _ body: HTTPBody) async -> String {
        do throws(StorageError) {
            let file = try await desk.upload(request, body)
            let isPlain = !file.name.contains { "/\\\u{202E}\u{0}".contains($0) } && file.name.utf8.count <= 255
            return isPlain && file.key.text == "incoming/\(file.id)" ? file.state.rawValue : "odd name"
        } catch {
            return error.code.description
        }
    }

    private static var peak: Int64 {
        let text = (try? String(contentsOf: URL(filePath: "/proc/self/status"), encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (Int64(line.filter(\.isNumber)) ?? 0) * 1024
    }
}

/// Pieces that are made one by one.
private struct MadePieces: AsyncSequence, AsyncIteratorProtocol, Sendable {
    var left: Int64
    let stands: Bool
    private var isFirst = true

    init(_ bytes: Int64, stands: Bool = false) {
        left = bytes
        self.stands = stands
    }

    func makeAsyncIterator() -> MadePieces { self }

    mutating func next() async throws -> [UInt8]? {
        guard left > 0 else { return nil }
        if stands, !isFirst { try await Task.sleep(for: .seconds(3600)) }
        var piece = [UInt8](repeating: 0, count: Int(Swift.min(left, 65_536)))
        if isFirst { piece.replaceSubrange(0..<16, with: Array("RIFF\u{24}\u{0}\u{0}\u{0}WAVEfmt ".utf8)) }
        isFirst = false
        left -= Int64(piece.count)
        return piece
    }
}

extension HTTPBody {
    fileprivate static var endless: HTTPBody { .pieces(MadePieces(1 << 40), length: nil) }
    fileprivate static var stalled: HTTPBody { .pieces(MadePieces(1 << 40, stands: true), length: nil) }
    fileprivate static func ofZeros(_ count: Int64) -> HTTPBody { .pieces(MadePieces(count), length: nil) }
}
