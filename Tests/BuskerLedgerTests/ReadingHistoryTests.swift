// Histories, page by page, and what can be found in them.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct ReadingHistoryTests {
    @Test(arguments: DatabaseKind.all)
    func pagesFollowOneAnotherWhileNewRowsArrive(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("user:1")
            let other = try await bench.open("user:2")
            try await bench.grant(1000, to: account, key: "g")
            for at in 1...20 {
                try await bench.charge(Int64(at), to: account, key: "c\(at)")
                if at % 5 == 0 {
                    try await bench.ledger.transfer(bench.amount(1), from: account, to: other, key: bench.key("t\(at)"))
                }
            }
            let all = try await bench.ledger.history(of: account, page: PageRequest(limit: 200)).items
            #expect(all.count == 26)
            #expect(all.map(\.sequence) == all.map(\.sequence).sorted(by: >))
            var pages: [HistoryEntry] = []
            var cursor: Cursor?
            var late = 0
            repeat {
                let page = try await bench.ledger.history(
                    of: account, page: PageRequest(after: cursor, limit: 7))
                #expect(page.items.count <= 7)
                pages += page.items
                cursor = try page.next.map { try Cursor(parsing: $0.text) }
                late += 1
                try await bench.charge(1, to: account, key: "late\(late)")
            } while cursor != nil
            #expect(pages == all)
            #expect(late == 4)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func anEntrySaysEverythingThatWasSaid(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("사용자 \"1\"")
            let notes = ["title": "노래 \"1\"\\2 – 🎵", "empty": "", "line": "a\tb"]
            var terms = GrantTerms(.paid, payment: "pi_1")
            terms.cost = try Money(parsing: "5", currency: Currency("USD"))
            _ = try await bench.ledger.perform(
                LedgerCommand(
                    .grant(account, bench.amount(100), terms), key: IdempotencyKey("k", scope: "shop"), job: "j",
                    rate: "r:3", notes: notes))
            let hold = try await bench.hold(30, on: account, key: "h")
            let captured = try await bench.ledger.capture(
                bench.amount(20), of: #require(hold.hold), key: bench.key("c"))
            try await bench.ledger.reverse(captured.transaction, amount: bench.amount(5), key: bench.key("r"))
            try await bench.ledger.adjust(account, by: bench.amount(-1), reason: "typo", key: bench.key("a"))

            let page = try await bench.ledger.history(of: account)
            let entries = page.items
            #expect(entries.map(\.kind) == [.adjust, .reverse, .capture, .hold, .grant, .open])
            #expect(entries.map(\.change.steps) == [-1, 5, -20, 0, 100, 0])
            #expect(entries.map(\.amount.steps) == [-1, 5, 20, 30, 100, 0])
            #expect(entries.map(\.postedAfter.steps) == [84, 85, 80, 100, 100, 0])
            #expect(entries[4].notes == notes)
            #expect(entries[4].key.scope == "shop" && entries[4].key.text == "k")
            #expect(entries[4].job == "j" && entries[4].rate == "r:3" && entries[4].payment == "pi_1")
            #expect(entries[3].hold == hold.hold && entries[2].hold == hold.hold)
            #expect(entries[3].after?.held == bench.amount(30))
            #expect(entries[1].reverses == captured.transaction)
            #expect(entries[0].reason == "typo")
            #expect(entries[2].transaction == captured.transaction)
            #expect(entries.allSatisfy { $0.account == account && $0.effectiveAt == $0.createdAt })
        }
    }

    @Test(arguments: DatabaseKind.all)
    func bothSidesSeeATransfer(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let (from, to) = (try await bench.open("a"), try await bench.open("b"))
            try await bench.grant(50, to: from, key: "g")
            let moved = try await bench.ledger.transfer(bench.amount(20), from: from, to: to, key: bench.key("t"))
            let given = try await bench.ledger.history(of: from).items[0]
            let taken = try await bench.ledger.history(of: to).items[0]
            #expect(given.transaction == moved.transaction && taken.transaction == moved.transaction)
            #expect([given.change.steps, taken.change.steps] == [-20, 20])
            #expect([given.postedAfter.steps, taken.postedAfter.steps] == [30, 20])
            #expect(given.counterparty == to && taken.counterparty == from)
            #expect(given.after == moved.after && taken.after == nil)
            #expect(given.account == from && taken.account == to)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func filtersLeaveTheRestOut(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("user:1")
            var receipts = [try await bench.grant(1000, to: account, GrantTerms(payment: "p"), key: "g")]
            for at in 1...9 {
                bench.pass(seconds: 10)
                receipts.append(try await bench.charge(1, to: account, job: "job\(at % 3)", key: "c\(at)"))
                if at == 5 { receipts.append(try await bench.hold(5, on: account, key: "h")) }
            }
            func sequences(_ filter: HistoryFilter, limit: Int = 50) async throws -> [Int64] {
                var found: [Int64] = []
                var cursor: Cursor?
                repeat {
                    let page = try await bench.ledger.history(
                        of: account, filter, page: PageRequest(after: cursor, limit: limit))
                    found += page.items.map(\.sequence)
                    cursor = page.next
                } while cursor != nil
                return found.reversed()
            }
            func expected(_ which: (Receipt) -> Bool) -> [Int64] { receipts.filter(which).map(\.sequence) }
            let charges = expected { $0.kind == .charge }
            #expect(try await sequences(HistoryFilter(kinds: [.charge])) == charges)
            #expect(try await sequences(HistoryFilter(kinds: [.charge]), limit: 2) == charges)
            #expect(
                try await sequences(HistoryFilter(kinds: [.hold, .grant, .close]))
                    == expected { $0.kind != .charge })
            #expect(try await sequences(HistoryFilter(payment: "p")) == [receipts[0].sequence])
            #expect(try await sequences(HistoryFilter(job: "job1")).count == 3)
            #expect(try await sequences(HistoryFilter(job: "none")).isEmpty)
            let (from, to) = (receipts[3].createdAt, receipts[7].createdAt)
            #expect(
                try await sequences(HistoryFilter(from: from, to: to))
                    == expected { from <= $0.createdAt && $0.createdAt < to })
            #expect(
                try await sequences(HistoryFilter(kinds: [.charge], job: "job1", from: from, to: to), limit: 1).count
                    == 1)
            #expect(try await sequences(HistoryFilter(from: bench.later(1))).isEmpty)
            #expect(try await sequences(HistoryFilter(to: Timestamp(microseconds: 0))).isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aStrangeCursorIsRefused(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("user:1")
            let strange = try Cursor(list: "jobs", after: Int64(3))
            await #expect(throws: LedgerError(.badCursor, "")) {
                try await bench.ledger.history(of: account, page: PageRequest(after: strange))
            }
            await #expect(throws: LedgerError(.badCursor, "")) {
                try await bench.ledger.grants(of: account, page: PageRequest(after: strange))
            }
            await #expect(throws: LedgerError(.badCursor, "")) {
                try await bench.ledger.holds(of: account, page: PageRequest(after: strange))
            }
            let unknown = try AccountName("nobody")
            await #expect(throws: LedgerError(.unknownAccount, "")) { try await bench.ledger.history(of: unknown) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aTransactionHasLinesThatSumToZero(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("user:1")
            let granted = try await bench.grant(100, to: account, key: "g")
            let charged = try await bench.charge(30, to: account, key: "c")
            let found = try await bench.ledger.transaction(charged.transaction)
            let transaction = try #require(found)
            #expect(transaction.entry.sequence == charged.sequence)
            #expect(transaction.lines.map(\.amount.steps) == [-30, 30])
            #expect(transaction.lines.map(\.account.text) == ["user:1", "~revenue:credits"])
            #expect(transaction.lines.map(\.postedAfter.steps) == [70, 30])
            #expect(transaction.hash.count == 32)
            let first = try await bench.ledger.transaction(granted.transaction)
            #expect(first?.lines[0].grant == 1)
            let ids = IDGenerator(random: SeededGenerator(seed: 3))
            let stranger: TransactionID = ids.make()
            #expect(try await bench.ledger.transaction(stranger) == nil)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatAPaymentOrAJobCausedIsFound(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let (one, two) = (try await bench.open("a"), try await bench.open("b"))
            let dollars = try Currency("USD")
            let cost = Money(minorUnits: 500, currency: dollars)
            try await bench.grant(100, to: one, GrantTerms(cost: cost, payment: "pi_1"), key: "g")
            try await bench.grant(100, to: two, GrantTerms(cost: cost, payment: "pi_2"), key: "g2")
            try await bench.ledger.clawback(
                payment: "pi_1", reversed: Money(minorUnits: 250, currency: dollars), key: bench.key("x"))
            try await bench.charge(1, to: one, job: "j", key: "c1")
            try await bench.charge(1, to: two, job: "j", key: "c2")
            let paid = try await bench.ledger.find(payment: "pi_1").items
            #expect(paid.map(\.kind) == [.clawback, .grant])
            let first = try await bench.ledger.find(job: "j", page: PageRequest(limit: 1))
            let second = try await bench.ledger.find(job: "j", page: PageRequest(after: first.next, limit: 1))
            #expect((first.items + second.items).map(\.account) == [two, one])
            #expect(second.next == nil)
            #expect(try await bench.ledger.find(job: "' OR 1=1 --").items.isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func grantsComeInTheOrderInWhichTheyBurn(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("user:1")
            let cost = try Money(minorUnits: 1, currency: Currency("USD"))
            let terms: [(String, GrantTerms)] = [
                ("last", GrantTerms(priority: 60)),
                ("never paid", GrantTerms(cost: cost, payment: "p1")),
                ("never free", GrantTerms(.promo)),
                ("soon", GrantTerms(.promo, expiresAt: bench.later(100))),
                ("later", GrantTerms(.promo, expiresAt: bench.later(200))),
                ("scoped", GrantTerms(.promo, scope: "stems")),
                ("first", GrantTerms(priority: 10, effectiveAt: bench.later(50))),
            ]
            for (name, terms) in terms { try await bench.grant(10, to: account, terms, key: name) }
            try await bench.hold(4, on: account, key: "h")
            let order = ["first", "scoped", "soon", "later", "never free", "never paid", "last"]
            for limit in [1, 3, 7, 50] {
                var grants: [GrantRecord] = []
                var cursor: Cursor?
                repeat {
                    let page = try await bench.ledger.grants(
                        of: account, page: PageRequest(after: cursor, limit: limit))
                    grants += page.items
                    cursor = page.next
                } while cursor != nil
                let names = grants.map { terms[Int($0.number) - 1].0 }
                #expect(names == order, "pages of \(limit)")
            }
            let grants = try await bench.ledger.grants(of: account).items
            #expect(grants.map(\.held.steps) == [0, 0, 4, 0, 0, 0, 0])
            #expect(grants[5].terms.cost == cost && grants[5].terms.payment == "p1")
            #expect(grants[1].terms.scope == "stems" && grants[0].terms.priority == 10)
            bench.pass(seconds: 150)
            let after = try await bench.ledger.grants(of: account).items
            #expect(after.map(\.remaining.steps) == [10, 10, 4, 10, 10, 10, 10])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func holdsAreListedOpenAndClosed(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("user:1")
            try await bench.grant(100, to: account, key: "g")
            var holds: [HoldID] = []
            for at in 1...5 {
                let receipt = try await bench.hold(
                    10, on: account, seconds: at == 4 ? 5 : 500, scope: "s", key: "h\(at)")
                holds.append(try #require(receipt.hold))
            }
            let capture = try await bench.ledger.capture(bench.amount(7), of: holds[0], key: bench.key("c"))
            try await bench.ledger.release(holds[1], key: bench.key("r"))
            bench.pass(seconds: 6)
            let open = try await bench.ledger.holds(of: account)
            #expect(open.items.map(\.id) == [holds[4], holds[2]])
            var all: [HoldRecord] = []
            var cursor: Cursor?
            repeat {
                let page = try await bench.ledger.holds(
                    of: account, closedToo: true, page: PageRequest(after: cursor, limit: 2))
                all += page.items
                cursor = page.next
            } while cursor != nil
            #expect(all.map(\.id) == holds.reversed())
            #expect(all.map(\.state) == [.active, .expired, .active, .released, .captured])
            #expect(all[4].captured == bench.amount(7) && all[4].closedBy == capture.transaction)
            let one = try await bench.ledger.hold(holds[3])
            #expect(one == all[1] && one?.scope == "s")
            let ids = IDGenerator(random: SeededGenerator(seed: 3))
            #expect(try await bench.ledger.hold(ids.make()) == nil)
            #expect(try await bench.ledger.hold(HoldID(sharing: capture.transaction)) == nil)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func theBooksBalance(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("user:1")
            let dollars = try Currency("USD")
            let cost = Money(minorUnits: 500, currency: dollars)
            try await bench.grant(100, to: account, GrantTerms(cost: cost, payment: "p"), key: "g")
            try await bench.grant(10, to: account, GrantTerms(.welcome), key: "w")
            try await bench.charge(90, to: account, key: "c")
            try await bench.hold(5, on: account, key: "h")
            try await bench.ledger.clawback(
                payment: "p", reversed: Money(minorUnits: 400, currency: dollars), key: bench.key("x"))
            let won = try Amount.Unit(code: "KRW", scale: 0, kind: .money)
            try await bench.ledger.open(AccountName("krw"), unit: won, key: bench.key("o"))
            let house = try await bench.ledger.houseBalances()
            let figures = Dictionary(uniqueKeysWithValues: house.map { ($0.account.text, $0.posted.steps) })
            #expect(figures["~issued.paid:credits"] == -100)
            #expect(figures["~issued.promo:credits"] == -10)
            #expect(figures["~revenue:credits"] == 90)
            #expect(figures["~clawback:credits"] == 80)
            #expect(figures["~receivable:credits"] == -65)
            let books = try await bench.ledger.trialBalances()
            #expect(books.map(\.unit) == [won, bench.unit])
            #expect(books.map(\.isBalanced) == [true, true])
            let sums = books[1]
            #expect(
                [sums.customers, sums.held, sums.debt, sums.house, sums.receivable].map(\.steps) == [5, 5, 65, -5, -65])
            #expect(sums.accounts == 1)
        }
    }
}
