// Mail goes over a real socket to servers that are friendly, and to some that are not.

import BuskerCore
import BuskerMail
import Foundation
import TestSupport
import Testing

@Suite struct SMTPTests {
    private func mail(_ text: String = "Hello\n", to: String = "mina@example.org") throws -> RenderedMail {
        try MailMessage(
            from: MailAddress("studio@example.com", name: "Stem Studio"), to: [MailAddress(to)], subject: "Grüße",
            text: text
        ).rendered(id: IDGenerator().make(), at: SystemClock().now)
    }

    private func settings(
        _ server: SMTPServer, _ security: SMTPSettings.Security = .plain, host: String = "localhost",
        user: String? = nil,
        password: String? = nil, authorities: String? = nil
    ) throws -> SMTPSettings {
        var settings = try SMTPSettings(
            host: host, port: server.port, security: security, user: user, password: password)
        settings.authorities = authorities
        settings.connectSeconds = 30
        settings.totalSeconds = 30
        return settings
    }

    private func withAuthority<T>(_ body: (String) async throws -> T) async throws -> T {
        try await withFolder { folder in
            let path = folder + "/ca.pem"
            try TestAuthority.authority.write(toFile: path, atomically: true, encoding: .utf8)
            return try await body(path)
        }
    }

    private func code(_ settings: SMTPSettings, _ mail: RenderedMail) async -> MailError? {
        do throws(MailError) {
            try await SMTPMailer(settings).send(mail)
            return nil
        } catch {
            return error
        }
    }

    @Test func aMailArrivesByteByByte() async throws {
        try await SMTPServer.with { server in
            let mail = try mail(".\n..\n.hidden\nlast line\n" + String(repeating: "민아 ", count: 5_000))
            try await SMTPMailer(settings(server)).send(mail)
            let got = try #require(server.mails.first)
            #expect(
                server.mails.count == 1 && got.sender == "studio@example.com" && got.recipients == ["mina@example.org"])
            #expect(got.text == String(decoding: mail.bytes, as: UTF8.self))
            #expect(!got.wasSecret)
        }
    }

    @Test(arguments: [SMTPSettings.Security.tls, .startTLS])
    func secretsGoOverTLSToWhomTheCertificateNames(security: SMTPSettings.Security) async throws {
        let login = (user: "studio", password: "s3cret pässword")
        let nature = SMTPNature(tls: security == .tls, startTLS: security == .startTLS, login: login)
        try await withAuthority { authority in
            try await SMTPServer.with(nature) { server in
                let good = try settings(
                    server, security, user: login.user, password: login.password, authorities: authority)
                let answer = await code(good, try mail())
                #expect(answer == nil)
                #expect(server.mails.first?.wasSecret == true && server.mails.first?.user == "studio")
                let bad = try settings(server, security, user: login.user, password: "wrong", authorities: authority)
                let denied = try #require(await code(bad, try mail()))
                #expect(denied.code == .loginDenied && !denied.isFinal && !denied.detail.contains("wrong"))
                let unknown = try settings(server, security, user: login.user, password: login.password)
                #expect(await code(unknown, try mail())?.code == .insecure, "the system does not know this authority")
                let other = try settings(
                    server, security, host: "127.0.0.1", user: login.user, password: login.password,
                    authorities: authority)
                #expect(await code(other, try mail())?.code == .insecure, "the certificate is for another name")
                #expect(server.mails.count == 1)
            }
        }
    }

    @Test func aServerWithoutTLSIsToldNothing() async throws {
        try await SMTPServer.with(SMTPNature(login: (user: "studio", password: "secret"))) { server in
            let error = await code(try settings(server, .startTLS, user: "studio", password: "secret"), try mail())
            #expect(error?.code == .insecure && server.mails.isEmpty)
            #expect(await code(try settings(server, .tls), try mail())?.code == .insecure)
        }
    }

    @Test(arguments: [
        ("RCPT", "550 5.1.1 no such person", MailError.Code.refused, 550),
        ("RCPT", "450 4.2.1 greylisted", .deferred, 450),
        ("MAIL", "553 not from you", .refused, 553), ("DATA", "554 no", .refused, 554),
        ("DATA.", "554 5.7.1 spam", .refused, 554),
        ("DATA.", "452 full", .deferred, 452), ("CONNECT", "421 later", .deferred, 421),
    ])
    func refusalsSayWhetherToTryAgain(at: String, reply: String, code: MailError.Code, number: Int) async throws {
        try await SMTPServer.with(SMTPNature(replies: [at: reply])) { server in
            let error = try #require(await self.code(try settings(server), try mail()))
            #expect(error.code == code && error.reply == number && error.isFinal == (code == .refused), "\(error)")
            #expect(server.mails.isEmpty)
        }
    }

    @Test(arguments: ["CONNECT", "EHLO", "DATA."])
    func aServerThatFallsSilentIsLeft(at: String) async throws {
        try await SMTPServer.with(SMTPNature(silent: [at])) { server in
            var settings = try settings(server)
            (settings.connectSeconds, settings.totalSeconds) = (1, 1)
            #expect(await code(settings, try mail())?.code == .timedOut)
        }
    }

    @Test(arguments: ["CONNECT", "RCPT", "DATA."])
    func aConnectionThatBreaksIsSaid(at: String) async throws {
        try await SMTPServer.with(SMTPNature(gone: [at])) { server in
            let error = try #require(await code(try settings(server), try mail()))
            #expect(error.code == .unreachable && !error.isFinal, "\(error)")
        }
    }

    @Test func namesInOtherLettersArrive() async throws {
        try await SMTPServer.with { server in
            let mail = try mail(to: "민아@b\u{FC}cher.example")
            #expect(await code(try settings(server), mail) == nil)
            #expect(server.mails.first?.recipients == ["민아@xn--bcher-kva.example"])
        }
    }

    @Test func nobodyIsThere() async throws {
        let port = try await SMTPServer.with { $0.port }
        #expect(
            await code(try SMTPSettings(host: "127.0.0.1", port: port, security: .plain), try mail())?.code
                == .unreachable)
    }

    @Test func manyMailsAtOnceAllArrive() async throws {
        try await SMTPServer.with { server in
            let mailer = SMTPMailer(try settings(server))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for at in 0..<24 {
                    let mail = try mail("mail \(at)\n", to: "p\(at)@example.org")
                    group.addTask { try await mailer.send(mail) }
                }
                try await group.waitForAll()
            }
            #expect(Set(server.mails.flatMap(\.recipients)).count == 24)
        }
    }

    @Test func settingsThatWouldLeakAreRefused() {
        #expect(throws: MailError(.badSettings, "")) {
            try SMTPSettings(host: "mail.example.com", security: .plain, user: "a", password: "b")
        }
        for host in ["", "-x", "a b", "a/b", "user@host", "a\r\nb"] {
            #expect(throws: MailError(.badSettings, "")) { try SMTPSettings(host: host) }
        }
        #expect(throws: MailError(.badSettings, "")) { try SMTPSettings(host: "a.example", port: 0) }
        #expect(throws: MailError(.badSettings, "")) { try SMTPSettings(host: "a.example", user: "a") }
        #expect(throws: MailError(.badSettings, "")) {
            try SMTPSettings(host: "a.example", user: "a\r\nQUIT", password: "b")
        }
        let shown = try? SMTPSettings(host: "a.example", user: "a", password: "hush-hush")
        var dumped = ""
        dump(shown, to: &dumped)
        #expect(!dumped.contains("hush") && !String(describing: shown).contains("hush"))
    }

    @Test func developmentMailIsAFile() async throws {
        try await withFolder { folder in
            let mailer = FileMailer(folder: folder)
            let mail = try mail()
            try await mailer.send(mail)
            try await mailer.send(mail)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(names == ["\(mail.id).eml"])
            let path = folder + "/" + names[0]
            #expect(try Array(Data(contentsOf: URL(filePath: path))) == mail.bytes)
            let rights = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(rights == 0o600)
            await #expect(throws: MailError(.storage, "")) { try await FileMailer(folder: folder + "/none").send(mail) }
        }
    }
}
