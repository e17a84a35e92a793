// What was asked and what was answered, in the order in which it happened.

import Foundation

/// One request and what became of it.
struct Intent {
    let key: String
    let line: String
    let fields: [String: Any]
    /// Its place among all events of sending and reading.
    let sentAt: Int
    var answer: String?
    var answeredAt: Int?

    var operation: String { fields["op"] as? String ?? "" }
}

/// Every intent and acknowledgement, kept in a file before it counts.
final class Intents {
    private(set) var byKey: [String: Intent] = [:]
    private(set) var order: [String] = []
    private var events = 0
    private let file: FileHandle

    init(_ path: String) throws {
        try Data().write(to: URL(filePath: path))
        file = try FileHandle(forWritingTo: URL(filePath: path))
    }

    var unanswered: [Intent] { order.compactMap { byKey[$0] }.filter { $0.answer == nil } }

    /// Notes a request before it is sent for the first time.
    func intend(_ key: String, _ fields: [String: Any]) throws -> Intent {
        events += 1
        let data = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys, .withoutEscapingSlashes])
        let intent = Intent(
            key: key, line: String(decoding: data, as: UTF8.self), fields: fields, sentAt: events)
        byKey[key] = intent
        order.append(key)
        try file.write(contentsOf: Data("I \(key) \(intent.line)\n".utf8))
        return intent
    }

    /// Notes an answer that was read; a second answer must be the first one again.
    func acknowledge(_ key: String, _ answer: String) throws {
        events += 1
        try file.write(contentsOf: Data("A \(key) \(answer)\n".utf8))
        guard let intent = byKey[key] else { throw CrashFinding("an answer to a key that was never sent: \(answer)") }
        if let first = intent.answer {
            guard Self.withoutReplayed(first) == Self.withoutReplayed(answer) else {
                throw CrashFinding("two answers to one key:\n  \(first)\n  \(answer)")
            }
        } else {
            byKey[key]?.answer = answer
            byKey[key]?.answeredAt = events
        }
    }

    /// An answer without the one field in which a repeated one may differ.
    static func withoutReplayed(_ answer: String) -> String {
        answer.replacingOccurrences(of: ",\"replayed\":true", with: "")
            .replacingOccurrences(of: ",\"replayed\":false", with: "")
    }
}
