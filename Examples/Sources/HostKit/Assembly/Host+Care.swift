// What a host does although nobody asks.

import Busker
import BuskerAccounts
import BuskerCore
import BuskerMail
import BuskerPayments
import BuskerStorage
import Logging

extension Host {
    /// The sweeps of all rooms, each at its own pace.
    var care: [HousekeepingTask] {
        let rooms = rooms
        let often = Duration.seconds(rooms.configuration.careSeconds)
        var tasks = rooms.service.tasks(every: often)
        tasks.append(
            HousekeepingTask("mail", every: .seconds(2)) {
                let count = try await rooms.outbox.deliver()
                return count.sent + count.dead == 0 ? nil : "\(count.sent) sent, \(count.dead) given up"
            })
        tasks.append(
            HousekeepingTask("accounts", every: .seconds(3_600)) {
                _ = try await rooms.accounts.sweep()
                _ = try await rooms.outbox.prune(before: rooms.clock.now.advanced(by: .seconds(-30 * 86_400)))
                return nil
            })
        tasks.append(
            HousekeepingTask("uploads", every: often) {
                let sweep = try await rooms.desk.sweep()
                let count = sweep.given + sweep.joined + sweep.scanned
                return count == 0 ? nil : "\(sweep.given) given up, \(sweep.scanned) looked at"
            })
        if let inbox = rooms.shop?.inbox {
            tasks.append(
                HousekeepingTask("payments", every: .seconds(30)) {
                    let sweep = try await inbox.sweep()
                    return sweep.failed == 0 ? nil : "\(sweep.failed) looks failed"
                })
        }
        if let gate = rooms.gate {
            tasks.append(HousekeepingTask("links", every: often) { try await gate.prune() == 0 ? nil : "pruned" })
        }
        if let every = rooms.retention.every {
            tasks.append(HousekeepingTask("retention", every: every) { try await rooms.retention.run() })
        }
        if let store = rooms.service.rooms.store as? TieredStore { tasks.append(tiers(store)) }
        tasks.append(
            HousekeepingTask("orphans", every: .seconds(21_600)) {
                let sweeper = try OrphanSweeper(
                    rooms.database, store: rooms.service.rooms.store, prefixes: ["incoming/", "output/"])
                let report = try await sweeper.sweep()
                return report.failures == 0 ? nil : "\(report.failures) deletions failed"
            })
        return tasks
    }

    /// Looks at every file in both tiers, and repairs.
    private func tiers(_ store: TieredStore) -> HousekeepingTask {
        let rooms = rooms
        let keeper = TierKeeper(rooms.database, store: store)
        return HousekeepingTask("tiers", every: .seconds(rooms.configuration.careSeconds)) {
            var random = SystemRandom()
            var (repaired, failed, next) = (0, 0, FileID?.none)
            repeat {
                let report = try await keeper.keep(after: next, using: &random)
                (repaired, failed, next) = (repaired + report.repaired, failed + report.failed, report.next)
                for (file, alert) in report.alerts {
                    rooms.log.warning("tiers", metadata: ["file": "\(file)", "alert": "\(alert)"])
                }
            } while next != nil
            return repaired + failed == 0 ? nil : "\(repaired) copies made anew, \(failed) failed"
        }
    }
}
