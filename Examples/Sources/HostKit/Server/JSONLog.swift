// Logs as lines of JSON.

import BuskerCore
import Foundation
import Logging
import Synchronization

/// Writes each message as one line of JSON to standard error; metadata become members.
public struct JSONLog: LogHandler {
    /// What every message of this log carries.
    public var metadata: Logger.Metadata = [:]
    /// What is written.
    public var logLevel: Logger.Level
    private let label: String
    private let write: @Sendable ([UInt8]) -> Void

    /// Makes a log.
    ///
    /// - Parameters:
    ///   - label: which part of the host writes.
    ///   - level: what is written.
    ///   - write: takes a line with its end; standard error where nothing is said.
    public init(_ label: String, level: Logger.Level, write: (@Sendable ([UInt8]) -> Void)? = nil) {
        self.label = label
        logLevel = level
        self.write =
            write ?? { bytes in
                Self.lock.withLock { _ in try? FileHandle.standardError.write(contentsOf: Data(bytes)) }
            }
    }

    private static let lock = Mutex(())

    /// One value that every message carries.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes a message.
    public func log(event: LogEvent) {
        var members: [(String, JSON?)] = [
            ("time", .text(SystemClock().now.iso8601)), ("level", .text(event.level.rawValue)),
            ("label", .text(label)), ("message", .text(event.message.description)),
        ]
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let taken: Set = ["time", "level", "label", "message"]
        for (key, value) in all.sorted(by: { $0.key < $1.key }) where !taken.contains(key) {
            members.append((key, Self.json(value)))
        }
        write(JSON.object(members).bytes + [0x0A])
    }

    private static func json(_ value: Logger.Metadata.Value) -> JSON {
        switch value {
        case .string(let text): .text(text)
        case .stringConvertible(let value): .text(value.description)
        case .array(let values): .list(values.map(json))
        case .dictionary(let values): .object(values.sorted { $0.key < $1.key }.map { ($0.key, json($0.value)) })
        }
    }
}
