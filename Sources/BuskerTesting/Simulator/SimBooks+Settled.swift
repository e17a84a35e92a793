// The books at the end, when nothing goes wrong any more and everything had its time.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerJobs
import BuskerLedger
import BuskerPayments
import BuskerStorage
import Synchronization

extension SimBooks {
    /// The books that hold once the dust has settled.
    static func checkSettled(_ world: SimWorld) async throws -> [SimBreak] {
        guard let house = world.house else { return [] }
        var books = SimBooks(world, house)
        try await books.everythingEnded()
        try await books.moneyIsTheProviders()
        try await books.boughtFilesAreThere()
        try await books.messagesCame()
        try await books.noBytesAreLeft()
        return books.breaks
    }

    /// A file that was paid for is there for as long as its money is.
    private mutating func boughtFilesAreThere() async throws {
        let model = world.model.withLock { $0 }
        for sale in model.sales {
            guard let job = sale.job, let order = model.orders.first(where: { $0.id == job }), !order.isDeleted,
                let purchase = try await house.raw.read({ tx in try PaymentInbox.purchase(sale.id, in: tx) }),
                purchase.isStanding
            else { continue }
            do throws(DownloadError) {
                _ = try await house.sale.take(job, owner: world.users[sale.owner].name)
            } catch {
                add(
                    "deliverable", "\(job) was bought as \(sale.id) and cannot be had: \(error)", "\(job)", "\(sale.id)"
                )
            }
        }
    }

    private mutating func everythingEnded() async throws {
        let rows = try await house.raw.read { tx in
            try tx.rows("SELECT id, state, kind FROM jobs_job WHERE state IN ('pending', 'processing')")
        }
        for row in rows {
            let (id, state, kind): (JobID, String, String) = (try row.get(0), try row.get(1), try row.get(2))
            add("settled", "\(id) of \(kind) is still \(state)", "\(id)")
        }
        let holds: Int64? = try await house.raw.read { tx in
            try tx.value("SELECT COUNT(*) FROM ledger_hold WHERE state = 1")
        }
        if holds ?? 0 > 0 { add("settled", "\(holds ?? 0) holds are still open") }
        for state in [WebhookReceipt.State.received, .parked] {
            let rows = try await house.raw.read { tx in
                try tx.rows("SELECT event, type, problem FROM payments_receipt WHERE state = \(state.rawValue)")
            }
            for row in rows {
                let (event, type): (String, String) = (try row.get(0), try row.get(1))
                let problem: String? = try row.get(2)
                add("settled", "\(event) \(type) is \(state): \(problem ?? "")", event)
            }
        }
    }

    /// What the accounts have is what the money bought that is still there, and the gifts, less what was paid for jobs.
    private mutating func moneyIsTheProviders() async throws {
        var wanted: [String: Int64] = [:]
        var trails: [String: [String]] = [:]
        for fake in world.fakes {
            for book in fake.books() {
                guard let id = SimWorld.purchase(of: book),
                    let purchase = try await house.raw.read({ tx in try PaymentInbox.purchase(id, in: tx) })
                else {
                    add("credits", "\(book.payment) belongs to no purchase", book.payment)
                    continue
                }
                let gone = min(book.paid.minorUnits, book.refunded.minorUnits + book.contested.minorUnits)
                // Money for files that its buyer deleted before it came is refused, so that a person gives it back.
                if purchase.state == .refused, purchase.kind == DownloadEffects.kind { continue }
                if purchase.gift != .paid || purchase.payment != book.payment {
                    add(
                        "credits", "\(book.payment) was paid for \(id), which is \(purchase.state)", "\(id)",
                        book.payment)
                }
                if purchase.reversed.minorUnits != gone || purchase.isFrozen != book.isDisputed {
                    add(
                        "credits",
                        "\(id): \(gone) went back, known are \(purchase.reversed.minorUnits); "
                            + "disputed \(book.isDisputed), known \(purchase.isFrozen)", "\(id)", book.payment)
                }
                guard purchase.kind == CreditShop.kind else { continue }
                let package = try await house.shop.package(of: purchase)
                let whole = package.credits.steps + package.bonus.steps
                wanted[purchase.buyer, default: 0] += whole - whole * gone / book.paid.minorUnits
                trails[purchase.buyer, default: []].append("\(id)")
            }
        }
        let others = try await house.raw.read { tx in
            try tx.rows(
                """
                SELECT a.name, SUM(CASE WHEN t.key LIKE 'gift:%' OR t.key LIKE 'free:%' THEN t.amount ELSE 0 END),
                SUM(CASE WHEN t.kind IN (3, 5) THEN ABS(t.amount) ELSE 0 END), a.posted, a.debt
                FROM ledger_account a JOIN ledger_txn t ON t.account = a.id WHERE a.house = 0 GROUP BY a.id
                """)
        }
        for row in others {
            let name: String = try row.get(0)
            let (given, spent): (Int64, Int64) = (try row.get(1), try row.get(2))
            let (posted, debt): (Int64, Int64) = (try row.get(3), try row.get(4))
            if posted - debt + spent != given + wanted[name, default: 0] {
                breaks(
                    "credits",
                    "\(name) has \(posted - debt) and spent \(spent), but was given \(given) and bought "
                        + "\(wanted[name, default: 0])", [name] + (trails[name] ?? []))
            }
        }
    }

    private mutating func breaks(_ book: String, _ detail: String, _ about: [String]) {
        add(book, detail, about.joined(separator: "\n"))
    }

    /// Each message and mail came at least once, or was given up as its rules say.
    private mutating func messagesCame() async throws {
        let came = world.post.messages
        let disabled: Set<String> = Set(
            try await house.raw.read { tx in
                try tx.rows("SELECT owner FROM jobs_endpoint WHERE disabled_us IS NOT NULL")
            }.map { try $0.get(0) })
        let dead: Int64 =
            try await house.raw.read { tx in
                try tx.value(
                    "SELECT COUNT(*) FROM jobs_job WHERE kind = \(WebhookOutbox.jobKind) AND state <> 'completed'")
            } ?? 0
        for key in world.model.withLock({ $0.gifts }) where came[key] == nil {
            let owner = world.users.first { key.hasSuffix($0.name) }?.name ?? ""
            if dead == 0, !disabled.contains(owner) { add("outbox", "the message of \(key) never came", key) }
        }
        let mails = try await house.raw.read { tx in try tx.rows("SELECT id, mail_key, state FROM mail_outbox") }
        let box = world.post.mails
        for row in mails {
            let (id, key, state): (ID<MailName>, String, String) = (try row.get(0), try row.get(1), try row.get(2))
            if state == "waiting" { add("outbox", "the mail of \(key) still waits", key) }
            if state == "sent", box["\(id)"] == nil { add("outbox", "the mail of \(key) never came", key) }
        }
    }

    private enum MailName: IDKind { static let prefix = "mail" }

    /// Every object belongs to a row that needs it, or lies in quarantine.
    private mutating func noBytesAreLeft() async throws {
        let needed: Set<String> = Set(
            try await house.raw.read { tx in
                try tx.rows("SELECT object_key FROM storage_file WHERE state NOT IN ('gone', 'tombstoned')")
            }.map { try $0.get(0) })
        do throws(StorageError) {
            for prefix in ["incoming/", "output/"] {
                let objects = try await world.store.list(ListRequest(prefix: prefix, limit: 1_000)).objects
                for object in objects where !needed.contains(object.key.text) {
                    add("orphans", "\(object.key) is there and nothing needs it", object.key.text)
                }
            }
        } catch {
            add("orphans", "the store cannot be listed: \(error.code)")
        }
    }
}
