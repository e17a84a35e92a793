// Messages that follow a transaction once it is durable.

import BuskerDatabase
import BuskerPostgres
import TestSupport
import Testing

@Suite(.enabled(if: hasPostgres)) struct ListenTests {
    /// A name that no other test listens to.
    static func channel() -> String { "Channel \"\(UInt64.random(in: 0 ... .max))\"" }

    @Test func aMessageFollowsTheCommit() async throws {
        try await withPostgres { database, _ in
            let channel = Self.channel()
            var heard = try database.listen(channel).makeAsyncIterator()
            #expect(await heard.next() == "")
            await #expect(throws: DatabaseError.self) {
                try await database.write { tx in
                    try tx.notify(channel, "never")
                    try tx.execute("SELECT nothing")
                }
            }
            try await database.write { tx in
                #expect(throws: DatabaseError.self) {
                    try tx.savepoint {
                        try tx.notify(channel, "undone")
                        try tx.execute("SELECT nothing")
                    }
                }
                try tx.notify(channel, "first")
            }
            try await database.write { tx in
                for at in 0..<20 { try tx.notify(channel, "\(at)") }
                try tx.notify(channel + "x", "elsewhere")
            }
            #expect(await heard.next() == "first")
            for at in 0..<20 { #expect(await heard.next() == "\(at)") }
        }
    }

    @Test func listenersShareAConnectionAndLeaveOneByOne() async throws {
        try await withPostgres { database, _ in
            let channel = Self.channel()
            var first = try database.listen(channel).makeAsyncIterator()
            var second = try database.listen(channel).makeAsyncIterator()
            #expect(await first.next() == "")
            #expect(await second.next() == "")
            let task = Task {
                var third = try database.listen(channel).makeAsyncIterator()
                return await third.next()
            }
            #expect(try await task.value == "")
            try await database.write { tx in try tx.notify(channel, "to all") }
            #expect(await first.next() == "to all")
            #expect(await second.next() == "to all")
            await database.close()
            #expect(await first.next() == nil)
            #expect(throws: DatabaseError(.closed, "")) { try database.listen(channel) }
        }
    }

    @Test func aListenerThatDoesNotKeepUpGetsTheNewest() async throws {
        try await withPostgres(PostgresLimits(connections: 2, listenerBuffer: 4)) { database, _ in
            let channel = Self.channel()
            let slow = try database.listen(channel)
            var quick = try database.listen(channel).makeAsyncIterator()
            #expect(await quick.next() == "")
            for at in 0..<30 {
                try await database.write { tx in try tx.notify(channel, "\(at)") }
                #expect(await quick.next() == "\(at)")
            }
            await database.close()
            let kept = await slow.reduce(into: [String]()) { $0.append($1) }
            #expect(kept == ["26", "27", "28", "29"])
        }
    }

    @Test func listeningGoesOnAfterTheConnectionWasLost() async throws {
        try await withPostgres { database, _ in
            let channel = Self.channel()
            var heard = try database.listen(channel).makeAsyncIterator()
            #expect(await heard.next() == "")
            let killed = try await database.read { tx in
                try tx.value(
                    """
                    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                    WHERE pid <> pg_backend_pid() AND query LIKE 'LISTEN%' AND position(\(channel) IN replace(query, '""', '"')) > 0
                    """, as: Int.self)
            }
            #expect(killed == 1)
            #expect(await heard.next() == "")
            try await database.write { tx in try tx.notify(channel, "again") }
            #expect(await heard.next() == "again")
        }
    }

    @Test func namesAndMessagesHaveBounds() async throws {
        try await withPostgres { database, _ in
            let long = String(repeating: "c", count: 64)
            for name in ["", long, "a\u{0}b"] {
                #expect(throws: DatabaseError(.badStatement, "")) { try database.listen(name) }
                #expect(await code { try await database.write { tx in try tx.notify(name) } } == .badStatement)
            }
            let message = String(repeating: "m", count: 8000)
            #expect(await code { try await database.write { tx in try tx.notify("c", message) } } == .limit)
            try await database.write { tx in try tx.notify("c", String(message.dropLast())) }
        }
    }
}
