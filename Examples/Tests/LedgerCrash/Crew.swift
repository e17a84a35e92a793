// Sends requests to a host, many at a time, and reads what it answers.

import Foundation

/// The requests under way on one host.
final class Crew {
    private let host: HostProcess
    private let intents: Intents
    private let undecidedCodes: Set<String>
    private var waiting: [String: Int] = [:]
    private var undecided: [Intent] = []

    private(set) var sent = 0
    private(set) var answered = 0
    private(set) var isAlive = true

    /// - Parameter open: codes of answers that decide nothing.
    init(host: HostProcess, intents: Intents, open: Set<String>) {
        self.host = host
        self.intents = intents
        undecidedCodes = open
    }

    /// Requests without an answer.
    private(set) var outstanding = 0

    /// Sends a request for the first time; with `forgetting`, one whose answer says nothing that must last.
    func send(_ request: (key: String, fields: [String: Any]), forgetting: Bool = false) throws {
        var fields = request.fields
        fields["key"] = request.key
        if forgetting {
            let data = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys])
            put(request.key, String(decoding: data, as: UTF8.self))
        } else {
            let intent = try intents.intend(request.key, fields)
            put(intent.key, intent.line)
        }
    }

    /// Sends the same bytes again.
    func resend(_ intent: Intent) throws { put(intent.key, intent.line) }

    /// Reads what comes, and returns what it decided.
    func read(within milliseconds: Int) throws -> [(Intent, [String: Any])] {
        guard let lines = host.lines(within: milliseconds) else {
            isAlive = false
            return []
        }
        return try hear(lines)
    }

    /// Notes answers.
    @discardableResult
    func hear(_ lines: [String]) throws -> [(Intent, [String: Any])] {
        var heard: [(Intent, [String: Any])] = []
        for line in lines {
            let answer = try Self.object(line)
            guard let key = answer["key"] as? String, let count = waiting[key], count > 0 else {
                throw CrashFinding("an answer that nobody waits for: \(line)")
            }
            waiting[key] = count - 1
            outstanding -= 1
            answered += 1
            guard !key.hasPrefix("clock") else { continue }
            if let code = answer["err"] as? String, undecidedCodes.contains(code) {
                if let intent = intents.byKey[key] { undecided.append(intent) }
                continue
            }
            try intents.acknowledge(key, line)
            if let intent = intents.byKey[key] { heard.append((intent, answer)) }
        }
        return heard
    }

    /// The requests whose answers decided nothing since the last time.
    func takeUndecided() -> [Intent] {
        defer { undecided = [] }
        return undecided
    }

    static func object(_ line: String) throws -> [String: Any] {
        guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
            throw CrashFinding("the host says what is not a JSON object: \(line.prefix(200))")
        }
        return object
    }

    private func put(_ key: String, _ line: String) {
        guard host.send(line) else {
            isAlive = false
            return
        }
        waiting[key, default: 0] += 1
        outstanding += 1
        sent += 1
    }
}
