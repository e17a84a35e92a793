// What a mail looks like on the wire, and that nothing slips into its head.

import BuskerCore
import Foundation
import TestSupport
import Testing

@testable import BuskerMail

@Suite struct MessageTests {
    static let id = IDGenerator(clock: ManualClock(), random: SeededGenerator(seed: 1)).make(MailKind.self)

    static func message(
        subject: String = "Hello", text: String = "Hello\n", html: String? = nil, name: String = "",
        attachments: [MailAttachment] = [], headers: [(name: String, value: String)] = []
    ) throws -> MailMessage {
        try MailMessage(
            from: MailAddress("studio@example.com", name: "Stem Studio"),
            to: [MailAddress("mina@example.org", name: name)],
            subject: subject, text: text, html: html, attachments: attachments, headers: headers)
    }

    private func wire(_ message: MailMessage) -> String {
        String(
            decoding: message.rendered(id: Self.id, at: Timestamp(microseconds: 1_795_266_000_000_000)).bytes,
            as: UTF8.self)
    }

    /// Reads a mail by another's hand: Python's `email` package.
    private func read(_ message: MailMessage) throws -> [String: String] {
        let program = """
            import sys, json, email, email.policy
            m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
            out = {k.lower(): str(v) for k, v in m.items()}
            out['defects'] = str([str(d) for p in m.walk() for d in p.defects])
            out['text'] = m.get_body(('plain',)).get_content()
            h = m.get_body(('html',))
            out['html'] = h.get_content() if h else ''
            for n, p in enumerate(m.iter_attachments()):
                out['file%d' % n] = p.get_filename() + '|' + p.get_content_type() + '|' + p.get_payload(decode=True).hex()
            print(json.dumps(out))
            """
        let ending = try Program.run(["python3", "-c", program], input: Array(wire(message).utf8))
        return try JSONDecoder().decode([String: String].self, from: Data(ending.output))
    }

    @Test func aPlainMailIsWhatItShouldBe() throws {
        #expect(
            wire(try Self.message(text: "Hi = you\n.\nbye \n")) == """
                Date: Sat, 21 Nov 2026 13:00:00 +0000\r
                From: "Stem Studio"\r
                 <studio@example.com>\r
                To: mina@example.org\r
                Subject: Hello\r
                Message-ID: <\(Self.id)@example.com>\r
                MIME-Version: 1.0\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Transfer-Encoding: quoted-printable\r
                \r
                Hi =3D you\r
                .\r
                bye=20\r
                \r

                """)
    }

    @Test func anotherReaderUnderstandsEverything() throws {
        let subject = "스템이 준비되었습니다: „Grüße“ 🎸 " + String(repeating: "아주 긴 제목 ", count: 12)
        let text = "안녕하세요 민아님,\n\n" + String(repeating: "길고 긴 줄 ", count: 60) + "\nFrom here\n..dots\n=3D\n\ttab \n"
        let html = "<p style=\"color:#333\">Grüße = 🎸</p>\r\n<p>--=_x</p>"
        let files = [
            try MailAttachment(
                name: "청구서 2026.pdf", type: "application/pdf",
                bytes: (0..<1_000).map { UInt8(truncatingIfNeeded: $0 * 7) }),
            try MailAttachment(name: "a.txt", type: "text/plain", bytes: []),
        ]
        let message = try Self.message(
            subject: subject, text: text, html: html, name: "김민아, \"Mina\"", attachments: files,
            headers: [("List-Unsubscribe", "<https://stems.example/u/1>")])
        let read = try read(message)
        #expect(read["defects"] == "[]")
        #expect(read["subject"] == subject)
        #expect(read["text"]?.replacing("\r\n", with: "\n") == text)
        #expect(read["html"]?.contains("<p style=\"color:#333\">Grüße = 🎸</p>") == true)
        #expect(read["to"]?.contains("mina@example.org") == true && read["to"]?.contains("김민아") == true)
        #expect(read["list-unsubscribe"] == "<https://stems.example/u/1>")
        let hex = files[0].bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(read["file0"] == "청구서 2026.pdf|application/pdf|\(hex)")
        #expect(read["file1"] == "a.txt|text/plain|")
    }

    @Test func everyLineIsShortASCIIThatEndsAsMailWants() throws {
        var random = SeededGenerator(seed: 9)
        for round in 0..<300 {
            let make = { (count: Int, random: inout SeededGenerator) -> String in
                var text = String.UnicodeScalarView()
                for _ in 0..<Int.random(in: 0...count, using: &random) {
                    let value = [
                        UInt32.random(in: 0x20...0x7E, using: &random), .random(in: 0xA0...0x2FF, using: &random),
                        .random(in: 0xAC00...0xD7A3, using: &random), 0x1F3B8,
                    ][Int.random(in: 0..<4, using: &random)]
                    if let scalar = Unicode.Scalar(value) { text.append(scalar) }
                }
                return String(text)
            }
            let body = make(300, &random).replacing("a", with: "\n").replacing("b", with: "\r").replacing(
                "c", with: "\r\n")
            let message = try Self.message(
                subject: make(100, &random), text: body, html: make(300, &random), name: make(100, &random))
            let bytes = Array(wire(message).utf8)
            #expect(bytes.allSatisfy { $0 < 0x7F }, "seed 9, round \(round)")
            let lines = wire(message).components(separatedBy: "\r\n")
            let bad = lines.filter { $0.utf8.count > 78 || $0.contains("\r") || $0.contains("\n") }
            #expect(bad.isEmpty, "seed 9, round \(round)")
        }
    }

    @Test(arguments: [
        "Hi\r\nBcc: thief@evil.example", "Hi\nX: y", "Hi\rX: y", "a\u{0}b", "a\u{85}b", "a\u{2028}b", "\r\n\r\nbody",
    ])
    func nothingSlipsIntoTheHead(text: String) {
        #expect(throws: MailError(.badMessage, "")) { try Self.message(subject: text) }
        #expect(throws: MailError(.badAddress, "")) { try Self.message(name: text) }
        #expect(throws: MailError(.badMessage, "")) { try Self.message(headers: [("X-Note", text)]) }
        #expect(throws: MailError(.badMessage, "")) { try MailAttachment(name: text, type: "text/plain", bytes: []) }
        #expect(throws: MailError(.badMessage, "")) { try MailAttachment(name: "a", type: "text/" + text, bytes: []) }
        #expect(throws: MailError(.badAddress, "")) { try MailAddress("a\(text)@b.example") }
        #expect(throws: MailError(.badAddress, "")) { try MailAddress("a@b.example\(text)") }
    }

    @Test(arguments: [
        "Bcc", "bcc", "From", "Content-Type", "content-transfer-encoding", "Message-ID", "a b", "a:", "", "X\r\nBcc",
    ])
    func headersThatAreMadeHereCannotBeAdded(name: String) {
        #expect(throws: MailError(.badMessage, "")) { try Self.message(headers: [(name, "x")]) }
    }

    @Test(arguments: [
        "", "a", "@b.example", "a@", "a b@c.example", "a@b c.example", "<a@b.example>", "a@b.example>", "a,b@c.example",
        "\"a\"@b.example",
        "a@b.example, c@d.example", "a@[127.0.0.1]", "a@b_c.example", String(repeating: "a", count: 65) + "@b.example",
    ])
    func addressesThatAreNoneAreRefused(text: String) {
        #expect(throws: MailError(.badAddress, "")) { try MailAddress(text) }
    }

    /// From the table of RFC 3492, section 7.1, and domains that are registered so.
    @Test(arguments: [
        ("b\u{FC}cher.example", "xn--bcher-kva.example"), ("한국.example", "xn--3e0b707e.example"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("stra\u{DF}e.example", "xn--strae-oqa.example"), ("EXAMPLE.com", "example.com"),
        ("他们为什么不说中文.example", "xn--ihqwcrb4cv8a8dqg056pqjye.example"),
        ("почемужеонинеговорятпорусски.example", "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l.example"),
    ])
    func domainsTravelInASCII(given: String, text: String) throws {
        #expect(try MailAddress("a@" + given).address == "a@" + text)
    }

    @Test func copiesThatNobodySeesAreInTheEnvelopeAlone() throws {
        let message = try MailMessage(
            from: MailAddress("a@x.example"), to: [MailAddress("b@x.example")], cc: [MailAddress("c@x.example")],
            bcc: [MailAddress("d@x.example"), MailAddress("b@x.example")], replyTo: MailAddress("r@x.example"),
            subject: "s", text: "t")
        let mail = message.rendered(id: Self.id, at: Timestamp(microseconds: 0))
        #expect(mail.recipients == ["b@x.example", "c@x.example", "d@x.example"])
        let text = String(decoding: mail.bytes, as: UTF8.self)
        #expect(
            !text.contains("d@x.example") && text.contains("Cc: c@x.example\r\n")
                && text.contains("Reply-To: r@x.example\r\n"))
    }
}
