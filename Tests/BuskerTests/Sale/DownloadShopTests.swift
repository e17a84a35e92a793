// Free to make, paid to take home.

import Busker
import BuskerCore
import BuskerHTTP
import BuskerJobs
import BuskerLedger
import BuskerPayments
import BuskerStorage
import TestSupport
import Testing

@Suite struct DownloadShopTests {
    @Test(arguments: DatabaseKind.all)
    func makingIsFreeAndTakingHomeIsPaid(kind: DatabaseKind) async throws {
        try await SaleBench.open(kind) { bench in
            let job = try await bench.whistled("훌루라")
            #expect(job.job.state == .completed && job.money != .held && job.file == nil && job.cost.steps == 0)
            #expect(try await bench.payments(job) == [.unpaid, .unpaid])
            #expect(await bench.refusal(job) == .paymentRequired)
            let preview = try await bench.service.output("preview.mp3", of: job.id, owner: bench.owner)
            #expect(try await bench.service.open(preview).body.collect(upTo: 100) == Array("훌루라".utf8))
            await #expect(throws: MediaError(.paymentRequired, "")) {
                try await bench.service.output("노래.flac", of: job.id, owner: bench.owner)
            }
            await #expect(throws: MediaError(.paymentRequired, "")) {
                try await bench.service.open(job.outputs[0])
            }
            await #expect(throws: MediaError(.paymentRequired, "")) {
                try await bench.service.zip(of: job.id, owner: bench.owner, kinds: ["song"])
            }
            _ = try await bench.paid(job)
            // No webhook came: the provider is asked when the song is taken.
            #expect(try await bench.taken(job) == "whistled 훌루라")
            #expect(try await bench.payments(job) == [.paid, .paid])
            #expect(await bench.refusal(job, of: "usr_two") == .notFound)
            #expect(try await bench.ends() == ["usr_one whistle completed"])
        }
    }

    @Test func theSameJobIsBoughtOnce() async throws {
        try await SaleBench.open { bench in
            let job = try await bench.whistled()
            let ids = try await withThrowingTaskGroup(of: PurchaseID.self) { group in
                for _ in 0..<10 { group.addTask { try await bench.buy(job).id } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == 1 && bench.gateway.pages.count == 1)
            let (purchase, _) = try await bench.paid(job)
            #expect(ids == [purchase.id])
            // Paid, but nobody told us: buying again finds that out instead of asking for money again.
            let again = try await bench.buy(job)
            #expect(again.id == purchase.id && again.state == .paid && bench.gateway.pages.count == 1)
        }
    }

    @Test func whatIsNotOursOrNotDoneIsNotSold() async throws {
        try await SaleBench.open { bench in
            let job = try await bench.whistled()
            await #expect(throws: DownloadError(.notFound, "")) { try await bench.buy(job, of: "usr_two") }
            let failed = try await bench.whistled("none")
            #expect(failed.job.state == .failed)
            await #expect(throws: DownloadError(.notReady, "")) { try await bench.buy(failed) }
            #expect(await bench.refusal(failed) == .notReady)
            #expect(
                try await bench.ends() == ["usr_one whistle completed", "usr_one whistle failed no_tune: No tune."])
            try await bench.service.delete(job.id, of: bench.owner)
            await #expect(throws: DownloadError(.notFound, "")) { try await bench.buy(job) }
        }
    }

    @Test(arguments: ["amount", "pending", "failed", "other"])
    func whatIsNotPaidInFullIsNotLetOut(how: String) async throws {
        try await SaleBench.open { bench in
            let (job, other) = (try await bench.whistled("a"), try await bench.whistled("b"))
            let checkout = try #require(try await bench.buy(how == "other" ? other : job).checkout)
            switch how {
            case "amount": bench.gateway.pay(checkout, amount: 1)
            case "pending": bench.gateway.pay(checkout, state: .pending)
            case "failed": bench.gateway.pay(checkout, state: .failed)
            default: bench.gateway.pay(checkout)
            }
            #expect(await bench.refusal(job) == .paymentRequired)
            #expect(try await bench.payments(job)[0] == .unpaid)
            if how == "other" { #expect(try await bench.taken(other) == "whistled b") }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func moneyThatGoesBackTakesTheSongWithIt(kind: DatabaseKind) async throws {
        try await SaleBench.open(kind) { bench in
            let job = try await bench.whistled()
            let (_, payment) = try await bench.paid(job)
            let proof = try await bench.shop.take(job.id, owner: bench.owner)
            bench.gateway.change(payment) { $0.refunded = 290 }
            #expect(await bench.refusal(job) == .revoked)
            #expect(try await bench.payments(job) == [.refunded, .refunded])
            // A proof lives for minutes at most.
            bench.clock.advance(microseconds: 301_000_000)
            await #expect(throws: MediaError(.expired, "")) { try await bench.service.open(proof) }
            // It can be bought again, and then the old refund does not matter.
            let second = try await bench.paid(job)
            #expect(try await bench.taken(job) == "whistled la")
            #expect(try await bench.payments(job)[0] == .paid)
            bench.gateway.change(second.payment) {
                $0.isDisputed = true
                $0.contested = 290
            }
            #expect(await bench.refusal(job) == .revoked)
            #expect(try await bench.payments(job)[0] == .disputed)
            await #expect(throws: DownloadError(.revoked, "")) { try await bench.buy(job) }
            bench.gateway.change(second.payment) {
                $0.isDisputed = false
                $0.contested = 0
            }
            _ = try await bench.inbox.settle(second.purchase.id)
            #expect(try await bench.taken(job) == "whistled la")
        }
    }

    @Test func anOutageLetsNothingOutAndPasses() async throws {
        try await SaleBench.open { bench in
            let job = try await bench.whistled()
            _ = try await bench.paid(job)
            #expect(try await bench.taken(job) == "whistled la")
            bench.gateway.fail(PaymentError(.unavailable, "down", retryAfter: .seconds(7)))
            do throws(DownloadError) {
                _ = try await bench.shop.take(job.id, owner: bench.owner)
                Issue.record("It was let out although nobody could be asked.")
            } catch {
                #expect(error.code == .unavailable && error.retryAfter == .seconds(7))
            }
            #expect(try await bench.taken(job) == "whistled la")
        }
    }

    @Test func whatIsSoldIsNothingToWorkOn() async throws {
        try await SaleBench.open { bench in
            let job = try await bench.whistled(String(repeating: "la", count: 50))
            func order(_ at: Int) throws -> MediaOrder {
                MediaOrder(
                    owner: bench.owner, account: try AccountName(bench.owner), file: job.outputs[at].id, work: "cheap")
            }
            for isPaid in [false, true] {
                if isPaid {
                    _ = try await bench.paid(job)
                    #expect(try await bench.taken(job).hasPrefix("whistled la"))
                }
                await #expect(throws: MediaError(.paymentRequired, "")) { try await bench.service.quote(order(0)) }
                await #expect(throws: MediaError(.paymentRequired, "")) { try await bench.service.submit(order(0)) }
            }
            // What is free may be worked on, and stays what it is: an output of the job that made it.
            let next = try await bench.service.submit(order(1))
            try await bench.drain()
            #expect(try await bench.service.job(next.id, of: bench.owner).job.state == .completed)
            let names = try await bench.service.job(job.id, of: bench.owner).outputs.map(\.name)
            #expect(names == ["노래.flac", "preview.mp3"])
        }
    }

    @Test func moneyForFilesThatAreGoneIsRefused() async throws {
        try await SaleBench.open { bench in
            let job = try await bench.whistled()
            let (purchase, _) = try await bench.paid(job)
            try await bench.service.delete(job.id, of: bench.owner)
            let settled = try await bench.inbox.settle(purchase.id)
            #expect(settled.state == .refused && settled.gift == .none)
            #expect(try await bench.inbox.strays().map(\.reason) == ["files_gone"])
        }
    }

    @Test func filesOfAnOpenCheckoutAreNotSweptBeforeItIsOver() async throws {
        try await SaleBench.open { bench in
            let job = try await bench.whistled()
            _ = try await bench.buy(job)
            let file = try await bench.service.job(job.id, of: bench.owner).outputs[0]
            let until = try #require(file.times.usedUntil)
            #expect(until >= bench.clock.now.advanced(by: .seconds(3_600)))
        }
    }

    @Test func worksAndFilesMustFit() async throws {
        try await SaleBench.open { bench in
            await #expect(throws: MediaError(.badFile, "")) {
                try await bench.service.submit(
                    MediaOrder(
                        owner: bench.owner, account: AccountName(bench.owner),
                        file: IDGenerator().make(), work: "whistle"))
            }
            await #expect(throws: MediaError(.badOptions, "")) {
                try await bench.service.submit(
                    MediaOrder(
                        owner: bench.owner, account: AccountName(bench.owner), work: "whistle",
                        options: ["tune": String(repeating: "x", count: 2_001)]))
            }
        }
        try await MediaBench.open(.sqliteMemory) { bench -> Void in
            await #expect(throws: MediaError(.badFile, "")) {
                _ = try await bench.service.submit(
                    MediaOrder(owner: bench.owner, account: AccountName(bench.owner), work: "cheap"))
            }
        }
    }
}
