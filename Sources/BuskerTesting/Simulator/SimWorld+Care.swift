// What the house does although nobody asks.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerJobs
import BuskerLedger
import BuskerMail
import BuskerPayments
import BuskerRetention
import BuskerStorage
import Synchronization

extension SimWorld {
    /// A worker takes a job and does it.
    func work(_ house: SimHouse) async {
        if isCareless {
            return await carelessWork(house)
        }
        do throws(JobError) {
            let did = try await house.worker.step()
            tell("a worker did \(did ? "a job" : "nothing")")
        } catch {
            tell("worker \(error.code)")
        }
    }

    func carry(_ house: SimHouse) async {
        do throws(JobError) {
            let did = try await house.courier.step()
            tell("a courier did \(did ? "a message" : "nothing")")
        } catch {
            tell("courier \(error.code)")
        }
    }

    /// One task of housekeeping, by its number.
    func care(_ house: SimHouse, _ which: Int) async {
        let name = Self.cares[which % Self.cares.count]
        do {
            switch name {
            case "jobs":
                if sabotage != .leaseForgotten { tell("rescued \(try await house.service.queue.rescue().jobs.count)") }
            case "uploads": tell("uploads swept \(try await house.desk.sweep().given)")
            case "retention": try await retain(house)
            case "orphans":
                if sabotage == .hastySweeper { try await sweepHastily(house) }
                tell("orphans \(try await house.sweeper.sweep().end)")
            case "holds": tell("holds swept \(try await house.ledger.sweep().ended)")
            case "payments":
                let sweep = try await house.shop.inbox.sweep(limit: 20)
                tell("payments swept \(sweep.receipts) \(sweep.purchases) \(sweep.failed)")
            case "links": tell("links pruned \(try await house.gate.prune())")
            case "mail": tell("mails sent \(try await house.mail.deliver().sent)")
            default:
                let tasks = house.service.tasks().filter { sabotage != .leaseForgotten || $0.name != "jobs" }
                let turns = await Housekeeping(tasks, log: SimHouse.log).once()
                tell("housekeeping \(turns.map { $0.problem == nil })")
            }
        } catch {
            tell("\(name) \(Self.word(error))")
        }
    }

    /// What the house looks after; those before `holds` give others their turn.
    static let cares = [
        "jobs", "uploads", "retention", "orphans", "holds", "payments", "links", "mail", "house", "payments",
    ]
    static let caresInTurns = 4

    private func retain(_ house: SimHouse) async throws {
        var items = ListedItems()
        let plan = try await house.retention.plan(house.policy) { items.items.append($0) }
        let report = try await house.retention.apply(
            plan.id, house.policy, items: items, store: house.store, waiter: InstantClock())
        tell("retention deleted \(report.counts.deleted), purged \(report.counts.purged)")
    }

    /// The mistake of a sweeper that looks at finished files only.
    private func sweepHastily(_ house: SimHouse) async throws {
        let objects = try await house.store.list(ListRequest(prefix: "output/")).objects
        let needed: Set<String> = try await house.database.read { tx in
            Set(try tx.rows("SELECT object_key FROM storage_file WHERE state = 'accepted'").map { try $0.get(0) })
        }
        _ = try await house.store.delete(objects.map(\.key).filter { !needed.contains($0.text) })
    }
}
