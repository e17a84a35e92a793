// Who is let in, who is refused, and what the refusal says.

import BuskerDatabase
import Foundation
import TestSupport
import Testing

@testable import BuskerPostgres

@Suite(.enabled(if: hasPostgres)) struct ConnectTests {
    /// The URL of the server with another piece in place of one of its own.
    static func url(_ change: (inout URLComponents) -> Void) throws -> String {
        var parts = try #require(URLComponents(string: PostgresServer.requiredURL()))
        change(&parts)
        return try #require(parts.string)
    }

    @Test func aWrongPasswordIsToldWithoutShowingIt() async throws {
        let url = try Self.url { $0.password = "not-the-pass-word" }
        let error = await failure { try await PostgresDatabase(url: url) }
        #expect(error?.code == .unavailable)
        #expect(error?.detail.contains("password authentication failed") == true, "\(error?.detail ?? "")")
        #expect(error?.detail.contains("not-the-pass-word") == false)
    }

    @Test func aMissingPasswordIsAskedFor() async throws {
        let url = try Self.url { $0.password = nil }
        let error = await failure { try await PostgresDatabase(url: url + "?passfile=/nowhere") }
        #expect(error?.code == .unavailable)
        #expect(error?.detail.contains("Give a password") == true, "\(error?.detail ?? "")")
    }

    @Test func anUnknownDatabaseIsNamed() async throws {
        let url = try Self.url { $0.path = "/nowhere_to_be_found" }
        let error = await failure { try await PostgresDatabase(url: url) }
        #expect(error?.code == .unavailable)
        #expect(error?.detail.contains("nowhere_to_be_found") == true, "\(error?.detail ?? "")")
    }

    @Test func aServerThatIsNotThereIsTold() async throws {
        let url = try Self.url { $0.port = 1 }
        let error = await failure { try await PostgresDatabase(url: url) }
        #expect(error?.code == .unavailable)
        #expect(error?.detail.contains("refused") == true, "\(error?.detail ?? "")")
    }

    @Test func encryptionThatTheServerLacksIsTold() async throws {
        let url = try PostgresServer.requiredURL() + "?sslmode=require"
        let error = await failure { try await PostgresDatabase(url: url) }
        #expect(error?.code == .unavailable)
        #expect(error?.detail.contains("SSL") == true, "\(error?.detail ?? "")")
    }

    @Test(arguments: [
        "postgresql://user:s3cret@host:port:x/", "host=a password=s3cret nonsense", "postgresql://user:s3cret@[::1/db",
        "password='s3cret", "postgresql://u:s3cret@h/d?unknown=s3cret", "s3cret", "postgresql://u:s3cret%zz@h/d",
        "a\u{0}b",
    ])
    func aMalformedStringIsRefusedWithoutShowingIt(url: String) async throws {
        let error = await failure { try await PostgresDatabase(url: url) }
        #expect(error?.code == .unavailable)
        #expect(error?.detail.contains("s3cret") == false, "\(error?.detail ?? "")")
    }

    @Test func aPasswordIsTakenOutOfTheServersWords() {
        let errors = ServerErrors(limit: 300, secret: "s3cret")
        #expect(errors.quoted("user  s3cret\n of s3crets") == "user … of …s")
        #expect(errors.lost("s3cret").error.detail.contains("s3cret") == false)
    }

    @Test func aSessionIsSetUp() async throws {
        try await withPostgres(PostgresLimits(statementTime: .seconds(7), lockTime: .milliseconds(1500))) {
            database, _ in
            let wanted = [
                "jit": "off", "lock_timeout": "1500ms", "statement_timeout": "7s",
                "idle_in_transaction_session_timeout": "10s", "application_name": "busker", "client_encoding": "UTF8",
                "TimeZone": "UTC", "standard_conforming_strings": "on", "transaction_isolation": "read committed",
            ]
            for (name, value) in wanted {
                let found = try await database.write { tx in
                    try tx.value("SELECT current_setting(\(name))", as: String.self)
                }
                #expect(found == value, "\(name)")
            }
            let read = try await database.read { tx in
                try tx.value(
                    "SELECT current_setting('transaction_isolation') || current_setting('transaction_read_only')",
                    as: String.self)
            }
            #expect(read == "repeatable readon")
        }
    }

    @Test func aUserWhoseCommitsDoNotWaitIsRefused() async throws {
        let url = try PostgresServer.requiredURL() + "?options=-csynchronous_commit%3Doff"
        let error = await failure { try await PostgresDatabase(url: url) }
        #expect(error?.code == .unsafeSettings)
        #expect(error?.detail.contains("synchronous_commit is off: set it to on") == true, "\(error?.detail ?? "")")
    }

    @Test func settingsAreJudged() throws {
        let settings = SessionSettings(limits: PostgresLimits())
        let names = ColumnNames(["a", "b", "c", "d"])
        func row(_ values: String...) -> Row { Row(values: values.map { .text($0) }, columns: names) }
        try settings.check(row("on", "on", "on", "UTF8"), version: 140_000)
        try settings.check(row("on", "on", "remote_apply", "UTF8"), version: 170_004)
        let error = #expect(throws: DatabaseError.self) {
            try settings.check(row("off", "off", "off", "LATIN1"), version: 150_000)
        }
        #expect(error?.code == .unsafeSettings)
        for word in ["fsync is off", "full_page_writes is off", "synchronous_commit is off", "LATIN1"] {
            #expect(error?.detail.contains(word) == true, "\(word)")
        }
        let old = #expect(throws: DatabaseError.self) { try settings.check(nil, version: 130_010) }
        #expect(old?.code == .unsafeSettings)
        #expect(old?.detail.contains("PostgreSQL 13") == true)
    }

    @Test func anUnsafeServerIsRefusedAndEncryptionIsUsed() async throws {
        try await PrivateServer.run("--tls", "fsync=off") { server, url in
            let unsafe = await failure { try await PostgresDatabase(url: url) }
            #expect(unsafe?.code == .unsafeSettings)
            #expect(unsafe?.detail.contains("set fsync = on") == true, "\(unsafe?.detail ?? "")")
            try await server.restart("--tls", "full_page_writes=off")
            #expect(await code { try await PostgresDatabase(url: url) } == .unsafeSettings)
            try await server.restart("--tls")
            let database = try await PostgresDatabase(url: url + "?sslmode=require")
            let isEncrypted = try await database.read { tx in
                try tx.value("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", as: Bool.self)
            }
            #expect(isEncrypted == true)
            let rows = try await database.write { tx in
                try tx.execute("CREATE TABLE big (t TEXT)")
                try tx.insert(
                    into: "big", columns: ["t"],
                    rows: [[SQLValue]](repeating: [.text(String(repeating: "x", count: 1000))], count: 20_000))
                return try tx.rows("SELECT t FROM big").count
            }
            #expect(rows == 20_000)
            await database.close()
            let distrust = await failure {
                try await PostgresDatabase(url: url + "?sslmode=verify-full&sslrootcert=/dev/null")
            }
            #expect(distrust?.code == .unavailable)
        }
    }
}
