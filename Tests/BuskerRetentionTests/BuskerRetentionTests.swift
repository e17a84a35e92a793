// What the tests of retention lend: zones, moments, files.

import BuskerCore
import BuskerRetention
import BuskerStorage
import Foundation
import TestSupport

/// The zones of the machine.
enum Zones {
    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/" + name)))
    }

    static func zone(_ name: String) throws -> Zone { try Zone(name: name, tzif: bytes(name)) }

    /// For reading documents.
    static func find(_ name: String) throws(RetentionError) -> Zone? {
        guard let bytes = try? bytes(name) else { return nil }
        return try Zone(name: name, tzif: bytes)
    }
}

/// A moment from its text.
func moment(_ text: String) throws -> Timestamp { try Timestamp(iso8601: text) }

/// Seconds as microseconds.
func us(_ seconds: Int64) -> Int64 { seconds * 1_000_000 }

extension Timestamp {
    func plus(_ seconds: Int64) -> Timestamp { advanced(byMicroseconds: us(seconds)) }
}

let day: Int64 = 86_400

/// Ids that a seed decides.
func ids(_ seed: UInt64 = 7) -> IDGenerator { IDGenerator(clock: ManualClock(), random: SeededGenerator(seed: seed)) }

/// A file that was accepted when it was made.
func file(
    _ name: String = "a", owner: String = "ann", kind: String = "upload", subject: String? = "job", size: Int64 = 1000,
    created: Timestamp, id: FileID = ids().make(), tags: [String: String] = [:]
) throws -> FileRecord {
    var times = FileTimes(created: created)
    times.received = created
    return FileRecord(
        id: id, owner: owner, kind: kind, subject: subject, name: name, contentType: "audio/wav",
        key: try ObjectKey("temp/\(name)"), size: size, sha256: ContentHash(of: Array(name.utf8)), state: .accepted,
        near: .present, tags: tags, times: times)
}
