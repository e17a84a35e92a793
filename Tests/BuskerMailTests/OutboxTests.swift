// Mail commits with what it is about and goes out afterwards, once for each key.

import BuskerCore
import BuskerDatabase
import Synchronization
import TestSupport
import Testing

@testable import BuskerMail

/// A mailer that does as it is told.
private final class ScriptedMailer: Mailer {
    private let state = Mutex<(sent: [RenderedMail], failures: [MailError])>(([], []))
    private let before = Mutex<(@Sendable () async -> Void)?>(nil)

    var sent: [RenderedMail] { state.withLock { $0.sent } }

    func fail(_ errors: MailError...) { state.withLock { $0.failures += errors } }

    func pause(_ body: (@Sendable () async -> Void)?) { before.withLock { $0 = body } }

    func send(_ mail: RenderedMail) async throws(MailError) {
        if let wait = before.withLock({ $0 }) { await wait() }
        let failure = state.withLock { state -> MailError? in
            guard state.failures.isEmpty else { return state.failures.removeFirst() }
            state.sent.append(mail)
            return nil
        }
        if let failure { throw failure }
    }
}

@Suite struct OutboxTests {
    private struct Post {
        let database: any Database
        let clock = ManualClock()
        let mailer = ScriptedMailer()

        func outbox(_ limits: MailLimits = MailLimits()) -> MailOutbox {
            MailOutbox(
                database, mailer: mailer, clock: clock, ids: IDGenerator(clock: clock),
                random: SeededGenerator(seed: 5),
                limits: limits)
        }

        func pass(_ seconds: Int64) { clock.advance(microseconds: seconds * 1_000_000) }
    }

    private func open<T>(_ kind: DatabaseKind, _ body: (Post) async throws -> T) async throws -> T {
        try await withDatabase(kind) { database in
            try await database.migrate(MailSchema.migrations)
            return try await body(Post(database: database))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aMailGoesOutOnceForEachKey(kind: DatabaseKind) async throws {
        try await open(kind) { post in
            let outbox = post.outbox()
            let first = try await outbox.enqueue(MessageTests.message(), key: "verify:1")
            let again = try await outbox.enqueue(MessageTests.message(subject: "Other"), key: "verify:1")
            #expect(first == again)
            var count = try await outbox.deliver()
            #expect(count.sent == 1)
            count = try await outbox.deliver()
            #expect(count == DeliveryCount() && post.mailer.sent.map(\.id) == [first])
            try await outbox.enqueue(MessageTests.message(), key: "verify:1")
            try await outbox.deliver()
            #expect(post.mailer.sent.count == 1)
            let mail = try #require(try await outbox.mails(.sent).items.first)
            #expect(mail.attempts == 1 && mail.recipients == ["mina@example.org"] && mail.subject == "Hello")
            let bodies: Int? = try await post.database.read { tx in
                try tx.value("SELECT count(*) FROM mail_outbox WHERE body IS NOT NULL")
            }
            #expect(bodies == 0, "what was sent is not kept")
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aMailOfATransactionThatIsUndoneNeverGoesOut(kind: DatabaseKind) async throws {
        struct Stop: Error {}
        try await open(kind) { post in
            let outbox = post.outbox()
            let message = try MessageTests.message()
            await #expect(throws: Stop.self) {
                try await post.database.write { tx in
                    try outbox.enqueue(message, key: "a", in: tx)
                    throw Stop()
                }
            }
            try await outbox.deliver()
            #expect(post.mailer.sent.isEmpty)
            #expect(try await outbox.nextDue() == nil)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatFailsIsTriedAgainWithGrowingWaits(kind: DatabaseKind) async throws {
        try await open(kind) { post in
            let outbox = post.outbox()
            post.mailer.fail(MailError(.unreachable, "no"), MailError(.loginDenied, "no"), MailError(.deferred, "no"))
            try await outbox.enqueue(MessageTests.message(), key: "a")
            var waits: [Int64] = []
            for _ in 0..<3 {
                #expect(try await outbox.deliver().deferred == 1)
                let due = try #require(try await outbox.nextDue())
                waits.append(post.clock.now.microseconds(until: due) / 1_000_000)
                post.pass(waits[waits.count - 1] - 1)
                #expect(try await outbox.deliver() == DeliveryCount())
                post.pass(2)
            }
            #expect(zip(waits, [60, 120, 240]).allSatisfy { (45...75).contains(Int($0) * 60 / $1) }, "\(waits)")
            #expect(try await outbox.deliver().sent == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatIsRefusedOrTooOldIsADeadLetterThatAPersonMayPutInAgain(kind: DatabaseKind) async throws {
        try await open(kind) { post in
            let outbox = post.outbox()
            post.mailer.fail(MailError(.refused, "550 no such person", reply: 550))
            let refused = try await outbox.enqueue(MessageTests.message(), key: "a")
            #expect(try await outbox.deliver().dead == 1)
            let soon = post.clock.now.advanced(by: .seconds(30))
            let late = try await outbox.enqueue(MessageTests.message(), key: "b", notAfter: soon)
            post.pass(30)
            #expect(try await outbox.deliver().dead == 1)
            #expect(post.mailer.sent.isEmpty)
            let dead = try await outbox.mails(.dead).items
            #expect(
                dead.map(\.id) == [late, refused] && dead.map(\.problem) == ["too_old", "refused: 550 no such person"])
            try await outbox.requeue(refused)
            #expect(try await outbox.deliver().sent == 1)
            await #expect(throws: MailError(.notFound, "")) { try await outbox.requeue(refused) }
            post.pass(3_600)
            #expect(try await outbox.prune(before: post.clock.now) == 2)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aMailThatNeverGoesOutIsGivenUp(kind: DatabaseKind) async throws {
        try await open(kind) { post in
            let outbox = post.outbox()
            try await outbox.enqueue(MessageTests.message(), key: "a")
            var attempts = 0
            while let due = try await outbox.nextDue() {
                post.clock.set(due)
                post.mailer.fail(MailError(.unreachable, "no"))
                let count = try await outbox.deliver()
                attempts += count.deferred + count.dead
                if attempts > 100 { break }
            }
            #expect((10...30).contains(attempts), "\(attempts) attempts")
            #expect(try await outbox.mails(.dead).items.count == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func manyHostsSendEachMailOnce(kind: DatabaseKind) async throws {
        try await open(kind) { post in
            let hosts = (0..<4).map { _ in post.outbox() }
            for at in 0..<40 { try await hosts[at % 4].enqueue(MessageTests.message(), key: "mail \(at)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for host in hosts { group.addTask { while try await host.deliver().sent > 0 {} } }
                try await group.waitForAll()
            }
            #expect(post.mailer.sent.count == 40 && Set(post.mailer.sent.map(\.id)).count == 40)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aSlowHostDoesNotSettleWhatAnotherTookUp(kind: DatabaseKind) async throws {
        try await open(kind) { post in
            let (slow, quick) = (post.outbox(), post.outbox())
            let (gate, reached) = (Gate(), Gate())
            try await slow.enqueue(MessageTests.message(), key: "a")
            post.mailer.pause {
                reached.open()
                await gate.opened()
            }
            let late = Task { try await slow.deliver() }
            await reached.opened()
            post.mailer.pause(nil)
            post.pass(301)
            #expect(try await quick.deliver().sent == 1)
            post.mailer.fail(MailError(.refused, "no"))
            gate.open()
            #expect(try await late.value == DeliveryCount(), "its answer counts for nothing")
            #expect(try await quick.mails().items.map(\.state) == [.sent])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aMailThatWentOutWhileItsDeliveryWasCancelledGoesOutOnce(kind: DatabaseKind) async throws {
        try await open(kind) { post in
            let outbox = post.outbox()
            let (gate, reached) = (Gate(), Gate())
            try await outbox.enqueue(MessageTests.message(), key: "a")
            post.mailer.pause {
                reached.open()
                await gate.opened()
            }
            let delivery = Task { try await outbox.deliver() }
            await reached.opened()
            delivery.cancel()
            gate.open()
            #expect(try await delivery.value.sent == 1)
            #expect(try await outbox.mails().items.map(\.state) == [.sent])
            post.pass(301)
            #expect(try await outbox.deliver() == DeliveryCount())
            #expect(post.mailer.sent.count == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func anErasedPersonLeavesNoMail(kind: DatabaseKind) async throws {
        try await open(kind) { post in
            let outbox = post.outbox()
            for at in 0..<3 { try await outbox.enqueue(MessageTests.message(), key: "a\(at)") }
            let address = try MailAddress("mina@example.org")
            #expect(try await post.database.write { tx in try outbox.erase(address, in: tx) } == 3)
            try await outbox.deliver()
            #expect(post.mailer.sent.isEmpty)
        }
    }
}
