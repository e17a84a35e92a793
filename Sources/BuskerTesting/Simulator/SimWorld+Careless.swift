// A worker with mistakes, for the sabotage of the simulator.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerJobs
import BuskerLedger
import BuskerStorage
import Synchronization

extension SimWorld {
    private struct Careless: Sendable {
        let lease: JobLease
        let hold: HoldID
        let owner: String
        let cost: Amount
        var id: JobID { lease.id }
    }

    /// Does a job as a hurried programmer would.
    func carelessWork(_ house: SimHouse) async {
        do {
            let leases = try await house.service.queue.claim(
                ClaimRequest("media", kinds: [SimWork.kind], count: 1, worker: house.worker.name))
            guard let lease = leases.first else { return tell("a careless worker did nothing") }
            let unit = house.unit
            let job: Careless? = try await house.database.read { tx in
                guard
                    let row = try tx.first("SELECT hold, owner, cost FROM media_job WHERE id = \(lease.id)"),
                    let hold: HoldID = try row.get(0)
                else { return nil }
                return Careless(
                    lease: lease, hold: hold, owner: try row.get(1), cost: Amount(steps: try row.get(2), unit: unit))
            }
            guard let job else { return tell("a careless worker found no hold") }
            await stage.pass()
            try await finish(house, job)
            tell("a careless worker did \(job.id)")
        } catch {
            tell("careless \(Self.word(error))")
        }
    }

    private func finish(_ house: SimHouse, _ job: Careless) async throws {
        let files = try records(house, job)
        if sabotage == .bytesAfterRows {
            try await house.database.write { tx in
                try self.pay(house, job, in: tx)
                try self.end(house, job, in: tx)
                try self.appear(files, in: tx)
            }
            return try await put(house, job, files)
        }
        try await put(house, job, files)
        switch sabotage {
        case .captureApart:
            try await house.database.write { tx in try self.pay(house, job, in: tx) }
            try await house.database.write { tx in
                try self.end(house, job, in: tx)
                try self.appear(files, in: tx)
            }
        case .finishApart:
            try await house.database.write { tx in
                try self.end(house, job, in: tx)
                try self.appear(files, in: tx)
            }
            try await house.database.write { tx in try self.pay(house, job, in: tx) }
        default:
            try await house.database.write { tx in
                try self.payAgain(house, job, in: tx)
                try tx.execute(
                    """
                    UPDATE jobs_job SET state = 'completed', token = NULL, lease_us = NULL, progress = 1000000,
                    ended_us = \(self.clock.now), version = version + 1 WHERE id = \(job.id)
                    """)
                try self.appear(files, in: tx)
            }
        }
    }

    private func records(_ house: SimHouse, _ job: Careless) throws -> [FileRecord] {
        let now = clock.now
        let attempt = house.ids.make(FileKind.self)
        return try (0..<2).map { place in
            let bytes = SimWork.bytes(of: job.id, place)
            var times = FileTimes(created: now)
            (times.received, times.finished, times.paid) = (now, now, now)
            var file = FileRecord(
                id: house.ids.make(), owner: job.owner, kind: "stem", subject: "\(job.id)", name: "\(place).bin",
                contentType: "application/octet-stream", key: try ObjectKey("output/\(job.id)/\(attempt)/\(place).bin"),
                size: Int64(bytes.count), sha256: ContentHash(of: bytes), tags: ["place": "\(place)"], times: times)
            (file.state, file.payment) = (.accepted, .paid)
            return file
        }
    }

    private func put(_ house: SimHouse, _ job: Careless, _ files: [FileRecord]) async throws {
        for (place, file) in files.enumerated() {
            try await house.store.put(file.key, .bytes(SimWork.bytes(of: job.id, place)), PutOptions(mode: .create))
        }
    }

    private func appear(_ files: [FileRecord], in tx: Transaction) throws {
        for file in files { try FileStore.insert(file, in: tx) }
    }

    private func end(_ house: SimHouse, _ job: Careless, in tx: Transaction) throws {
        try house.service.queue.finish(job.lease, in: tx)
    }

    private func pay(_ house: SimHouse, _ job: Careless, in tx: Transaction) throws {
        let key = try IdempotencyKey("\(job.id):\(job.lease.job.round):\(job.lease.job.attempt):capture")
        _ = try house.ledger.perform(
            LedgerCommand(.capture(job.hold, job.cost, topUp: false), key: key, job: "\(job.id)"), in: tx)
        try note(job, in: tx)
    }

    /// Charges the account where the hold is closed already.
    private func payAgain(_ house: SimHouse, _ job: Careless, in tx: Transaction) throws {
        do {
            try tx.savepoint { try self.pay(house, job, in: tx) }
        } catch {
            let key = try IdempotencyKey("\(job.id):\(job.lease.job.round):\(job.lease.job.attempt):charge")
            let account = try AccountName(job.owner)
            _ = try house.ledger.perform(
                LedgerCommand(.charge(account, job.cost, scope: SimWork.kind), key: key, job: "\(job.id)"), in: tx)
            try note(job, in: tx)
        }
    }

    /// Begins a job afresh under the keys of its first round, which find the hold that was closed then.
    func retryUnderOldKeys(_ house: SimHouse, _ order: SimModel.Order) async {
        _ = try? await house.database.write { tx in
            _ = try house.service.queue.requeue(order.id, in: tx)
            try tx.execute("UPDATE media_job SET money = 'held' WHERE id = \(order.id) AND hold IS NOT NULL")
        }
        tell("\(order.id) again, carelessly")
    }

    private func note(_ job: Careless, in tx: Transaction) throws {
        try tx.execute(
            "UPDATE media_job SET money = 'captured', charged = \(job.cost.steps) WHERE id = \(job.id)")
    }
}
