// Lets the dust settle: nothing goes wrong any more, and everything has its time.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerJobs
import BuskerLedger
import BuskerMail
import BuskerPayments
import BuskerStorage
import Synchronization

extension SimWorld {
    /// Ends what was begun, in calm weather.
    func settle() async throws {
        if house?.life.isOver == true || disk?.isCut == true { try await restart(fate: .drop) }
        guard let house else { return }
        tell("the dust settles")
        house.life.disarm()
        disk?.cut(after: -1)
        house.faults.change(to: .none)
        moods.clear()
        for fake in fakes { fake.turn(.calm) }
        for player in stage.players { _ = await stage.go(player, turns: .max) }
        // A fault that was armed for the disk lies with it; one commit clears it.
        _ = try? await house.raw.write { tx in try tx.execute("UPDATE ledger_head SET id = id WHERE id = 1") }
        for hours in [0, 1, 1, 6, 24, 48] { try await turn(house, hours: hours) }
    }

    /// After the last work on them files go, and after the last dispute the money stays where it is.
    ///
    /// - Returns: the books that were broken on the way.
    func outlive() async throws -> [SimBreak] {
        guard let house else { return [] }
        for days in [4, 10, 14, 12, 2, 10, 10, 40, 60] {
            try await turn(house, hours: days * 24)
            count("books")
            let breaks = try await SimBooks.check(self)
            guard breaks.isEmpty else { return breaks }
        }
        for _ in 0..<3 { try await turn(house, hours: 30) }
        return []
    }

    /// How many things came about, for the table at the end.
    func takeCensus() async {
        guard let house else { return }
        let queries: [(String, SQL)] = [
            ("jobs", "SELECT state, COUNT(*) FROM jobs_job WHERE kind = 'cheap' GROUP BY state"),
            ("attempts", "SELECT outcome, COUNT(*) FROM jobs_attempt GROUP BY outcome"),
            ("rounds", "SELECT 'begun', COUNT(*) FROM jobs_job WHERE round > 1"),
            ("purchases", "SELECT state, COUNT(*) FROM payments_purchase GROUP BY state"),
            ("receipts", "SELECT state, COUNT(*) FROM payments_receipt GROUP BY state"),
            ("files", "SELECT state, COUNT(*) FROM storage_file GROUP BY state"),
            ("mails", "SELECT state, COUNT(*) FROM mail_outbox GROUP BY state"),
            ("messages", "SELECT 'published', COUNT(*) FROM jobs_message"),
            ("ledger", "SELECT 'transactions', COUNT(*) FROM ledger_txn"),
        ]
        for (name, query) in queries {
            guard let rows = try? await house.raw.read({ tx in try tx.rows(query) }) else { continue }
            for row in rows {
                guard let times: Int64 = try? row.get(1) else { continue }
                let what =
                    (try? row.get(0, as: String.self)) ?? (try? row.get(0, as: Int64.self)).map { "\($0)" } ?? "?"
                count("\(name) \(what)", Int(times))
            }
        }
        let lines = trace.withLock { $0.lines }
        let sights = [
            ("links used", " downloaded"), ("songs taken", " downloaded for "), ("outputs read", " read, "),
            ("orders told", " ordered job_"), ("players hung up", " hung up"), ("answers unknown", "database_failed"),
            ("refused for lack of credit", "insufficient_credits"), ("refused while locked", "account_locked"),
        ]
        for (name, text) in sights {
            count("seen \(name)", lines.count { text == " downloaded" ? $0.hasSuffix(text) : $0.contains(text) })
        }
    }

    /// Some time passes, and then everything that is due is done.
    private func turn(_ house: SimHouse, hours: Int) async throws {
        clock.advance(by: .seconds(3_600 * hours))
        for fake in fakes { fake.pass(.zero) }
        collect()
        while let letter = model.withLock({ $0.letters.popLast() }) {
            await deliver(house, letter, forges: false, processes: true)
            collect()
        }
        for _ in 0..<20 {
            guard let sweep = try? await house.shop.inbox.sweep(limit: 200), sweep.isMore else { break }
        }
        for which in Self.cares.indices { await care(house, which) }
        for _ in 0..<4 {
            var isBusy = true
            var left = 400
            while isBusy, left > 0 {
                left -= 1
                if isCareless {
                    await work(house)
                    isBusy = left > 360
                } else {
                    isBusy = try await house.worker.step()
                }
            }
            while left > 0, try await house.courier.step() { left -= 1 }
            clock.advance(by: .seconds(600))
            await care(house, 0)
        }
    }
}
