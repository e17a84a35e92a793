// What must hold between what was promised and what is there.

import Foundation

/// The checks on a dump: C1 to C3, C7 and C8 here, C4 by the model, C5 row by row; C6 is the host's own `verify`.
struct DumpChecks {
    private let dump: LedgerDump
    private let intents: Intents
    private let byKey: [String: DumpRow]

    init(_ dump: LedgerDump, _ intents: Intents) throws {
        self.dump = dump
        self.intents = intents
        var byKey: [String: DumpRow] = [:]
        for row in dump.transactions {
            let name = "\(row[text: "scope"] ?? "")/\(row[text: "key"] ?? "")"
            guard byKey.updateValue(row, forKey: name) == nil else { throw CrashFinding("C3: \(name) happened twice") }
        }
        self.byKey = byKey
    }

    func run() throws {
        try everyAcknowledgementIsThere()
        try nothingHappenedUnasked()
        try sequenceHeedsRealTime()
        try DumpInvariants(dump).run()
        try ModelReplay(dump, intents).run()
    }

    /// C1, and that a refusal left no transaction.
    private func everyAcknowledgementIsThere() throws {
        for key in intents.order {
            guard let intent = intents.byKey[key], let text = intent.answer else { continue }
            let answer = try Crew.object(text)
            let row = byKey["/\(key)"]
            guard answer["ok"] as? Bool == true else {
                if let row { throw CrashFinding("C1: \(text) was refused and happened: \(row)") }
                continue
            }
            guard let row else { throw CrashFinding("C1: \(text) was acknowledged and is not there") }
            for (field, column) in [
                ("seq", "seq"), ("amount", "amount"), ("posted", "posted"), ("held", "held"), ("debt", "debt"),
                ("created", "created_us"),
            ] where (answer[field] as? NSNumber)?.int64Value != row[column] {
                throw CrashFinding("C1: \(text) says another \(field) than the ledger: \(row[column])")
            }
            guard answer["txn"] as? String == row[text: "id"] else { throw CrashFinding("C1: \(text) has another id") }
        }
    }

    /// C2.
    private func nothingHappenedUnasked() throws {
        for row in dump.transactions where row[text: "scope"] != "~" {
            guard let key = row[text: "key"], intents.byKey[key] != nil else {
                throw CrashFinding("C2: a transaction that nobody asked for: \(row)")
            }
        }
    }

    /// C7: what was answered before something else was sent comes before it.
    private func sequenceHeedsRealTime() throws {
        var events: [(at: Int, isAnswer: Bool, sequence: Int64, key: String)] = []
        for key in intents.order {
            guard let intent = intents.byKey[key], let row = byKey["/\(key)"] else { continue }
            events.append((intent.sentAt, false, row["seq"], key))
            if let answeredAt = intent.answeredAt { events.append((answeredAt, true, row["seq"], key)) }
        }
        var answered: (sequence: Int64, key: String) = (0, "")
        for event in events.sorted(by: { $0.at < $1.at }) {
            if event.isAnswer {
                if event.sequence > answered.sequence { answered = (event.sequence, event.key) }
            } else if event.sequence <= answered.sequence {
                throw CrashFinding("C7: \(event.key) was sent after \(answered.key) was answered and comes before it")
            }
        }
    }

    /// C9, once all time is over.
    func nothingIsHeld() throws {
        for row in dump.accounts where row["held"] != 0 { throw CrashFinding("C9: something is still held: \(row)") }
        for row in dump.holds where row["state"] == 1 { throw CrashFinding("C9: a hold is still open: \(row)") }
        for row in dump.grants where row["held"] != 0 { throw CrashFinding("C9: a grant is still pinned: \(row)") }
    }
}
