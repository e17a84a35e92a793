// Mail goes to a server that others wrote, and is read by a parser that others wrote; Tests/Interop/mail/run starts this.

import BuskerCore
import BuskerDatabase
import BuskerMail
import Foundation
import TestSupport
import Testing

/// The Python that has the server.
private let python = ProcessInfo.processInfo.environment["BUSKER_MAIL_PYTHON"]

/// aiosmtpd in a process of its own, with a folder for what it takes.
private final class RealServer {
    struct Mail: Decodable {
        struct Attachment: Decodable {
            let name: String
            let type: String
            let bytes: String
        }

        let sender: String
        let recipients: [String]
        let subject: String
        let name: String
        let to: String
        let messageID: String
        let text: String?
        let html: String?
        let defects: [String]
        let secret: Bool
        let authenticated: Bool
        let attachments: [Attachment]
    }

    static let (user, password) = ("studio@example.com", "s3cret pässword")
    let port: Int
    private let folder: String
    private let process: Program

    static func with<T>(deaths: Int = 0, _ body: (RealServer) async throws -> T) async throws -> T {
        try await withFolder { folder in
            let server = try await RealServer(folder, deaths: deaths)
            defer { server.process.kill() }
            return try await body(server)
        }
    }

    private init(_ folder: String, deaths: Int) async throws {
        let files = [
            "certificate.pem": TestAuthority.certificate, "key.pem": TestAuthority.key,
            "authority.pem": TestAuthority.authority,
        ]
        for (name, text) in files { try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8) }
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Interop/mail/server.py")
        self.folder = folder
        process = try Program([
            #require(python), script.path, folder, "--user", Self.user, "--password", Self.password, "--deaths",
            "\(deaths)",
        ])
        var found: Int?
        for _ in 0..<600 where found == nil && process.isRunning {
            found = (try? String(contentsOfFile: folder + "/port", encoding: .utf8)).flatMap { Int($0) }
            if found == nil { try await Task.sleep(for: .milliseconds(50)) }
        }
        port = try #require(found, "The server did not start.")
    }

    /// What came, in order.
    func mails() throws -> [Mail] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }
        return try names.sorted().map { name in
            try JSONDecoder().decode(Mail.self, from: Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
        }
    }

    func settings(password: String? = RealServer.password) throws -> SMTPSettings {
        var settings = try SMTPSettings(
            host: "localhost", port: port, security: .startTLS, user: password == nil ? nil : Self.user,
            password: password)
        settings.authorities = folder + "/authority.pem"
        settings.totalSeconds = 30
        return settings
    }
}

@Suite(.serialized, .timeLimit(.minutes(4)), .enabled(if: python != nil, "Tests/Interop/mail/run gives the Python"))
struct RealServerTests {
    private static let bytes = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 * 31) }

    private func message(to: String = "mina@example.org", text: String = "안녕하세요 👋\n.\n.hidden\n") throws -> MailMessage
    {
        try MailMessage(
            from: MailAddress("studio@example.com", name: "스템 스튜디오"),
            to: [MailAddress(to, name: "김민아, \"M\"")],
            subject: "Grüße · 노래가 준비되었습니다: \(String(repeating: "길고 긴 제목 ", count: 12))끝", text: text,
            html: "<p>안녕하세요 &amp; <b>hello</b></p>\n",
            attachments: [
                MailAttachment(name: "노래 – stems.zip", type: "application/zip", bytes: Self.bytes),
                MailAttachment(name: "empty.txt", type: "application/octet-stream", bytes: []),
            ])
    }

    private func send(_ settings: SMTPSettings, _ message: MailMessage) async -> MailError? {
        let mail = message.rendered(id: IDGenerator().make(), at: SystemClock().now)
        do throws(MailError) {
            try await SMTPMailer(settings).send(mail)
            return nil
        } catch {
            return error
        }
    }

    @Test func everyPartArrivesAsItWasWritten() async throws {
        try await RealServer.with { server in
            let message = try message()
            let error = try await send(server.settings(), message)
            #expect(error == nil, "\(String(describing: error))")
            let mails = try server.mails()
            let mail = try #require(mails.first)
            #expect(mails.count == 1 && mail.defects.isEmpty, "\(mail.defects)")
            #expect(mail.secret && mail.authenticated)
            #expect(mail.sender == "studio@example.com" && mail.recipients == ["mina@example.org"])
            #expect(mail.subject == message.subject && mail.name == "스템 스튜디오" && mail.to == "김민아, \"M\"")
            // Lines in base 64 end as mail wants it (RFC 2045, section 6.8).
            #expect(mail.text?.replacing("\r\n", with: "\n") == message.text)
            #expect(mail.html?.replacing("\r\n", with: "\n") == message.html)
            #expect(mail.attachments.map(\.name) == ["노래 – stems.zip", "empty.txt"])
            #expect(mail.attachments.map(\.type) == ["application/zip", "application/octet-stream"])
            #expect(mail.attachments.map { Data(base64Encoded: $0.bytes) } == [Data(Self.bytes), Data()])
        }
    }

    @Test func refusalsHaveNames() async throws {
        try await RealServer.with { server in
            let refused = try #require(try await send(server.settings(), message(to: "nobody@example.org")))
            #expect(refused.code == .refused && refused.reply == 550)
            let later = try #require(try await send(server.settings(), message(to: "later@example.org")))
            #expect(later.code == .deferred && later.reply == 451)
            let denied = try #require(try await send(server.settings(password: "wrong"), message()))
            #expect(denied.code == .loginDenied && !denied.detail.contains("wrong"))
            let nobody = try #require(try await send(server.settings(password: nil), message()))
            #expect(nobody.code == .refused && nobody.reply == 530)
            #expect(try server.mails().isEmpty)
        }
        try await RealServer.with(deaths: 1) { server in
            let broken = try #require(try await send(server.settings(), message(to: "mortal@example.org")))
            #expect([.unreachable, .timedOut].contains(broken.code), "\(broken)")
            #expect(try server.mails().isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func theOutboxTriesAgainAndSendsOnce(kind: DatabaseKind) async throws {
        try await RealServer.with(deaths: 2) { server in
            try await withDatabase(kind) { database in
                try await database.migrate(MailSchema.migrations)
                let clock = ManualClock()
                let outbox = try MailOutbox(
                    database, mailer: SMTPMailer(server.settings()), clock: clock, ids: IDGenerator(clock: clock))
                _ = try await outbox.enqueue(message(to: "mortal@example.org"), key: "one")
                _ = try await outbox.enqueue(message(to: "nobody@example.org"), key: "two")
                _ = try await outbox.enqueue(message(to: "mortal@example.org"), key: "one")
                var (sent, dead) = (0, 0)
                for _ in 0..<6 {
                    let count = try await outbox.deliver()
                    (sent, dead) = (sent + count.sent, dead + count.dead)
                    clock.advance(microseconds: 6 * 3_600 * 1_000_000)
                }
                #expect(sent == 1 && dead == 1)
                let mails = try server.mails()
                #expect(mails.count == 1 && mails.first?.recipients == ["mortal@example.org"])
                #expect(mails.first?.attachments.count == 2)
            }
        }
    }
}
