// A mail as it goes over the wire.

public import BuskerCore

/// Mails are named `mail_…`.
public enum MailKind: IDKind {
    /// What the text begins with.
    public static let prefix = "mail"
}

/// The name of a mail; it is part of its `Message-ID`, so that a mail that is sent twice is seen to be one.
public typealias MailID = ID<MailKind>

/// A mail written down (RFC 5322, MIME): the envelope for the server, and the bytes.
public struct RenderedMail: Sendable, Hashable {
    /// Its name.
    public let id: MailID
    /// To whom the server reports failures.
    public let sender: String
    /// To whom it goes, copies that nobody sees among them.
    public let recipients: [String]
    /// Head and body, in lines of ASCII that end with CR LF; only local parts may hold other letters.
    public let bytes: [UInt8]

    package init(id: MailID, sender: String, recipients: [String], bytes: [UInt8]) {
        self.id = id
        self.sender = sender
        self.recipients = recipients
        self.bytes = bytes
    }
}

extension MailMessage {
    /// Writes the mail down; the same mail, name and moment give the same bytes.
    ///
    /// - Parameters:
    ///   - id: the name of the mail.
    ///   - moment: when it was written.
    public func rendered(id: MailID, at moment: Timestamp) -> RenderedMail {
        var head = "Date: \(HeaderText.date(moment))\r\n"
        head += HeaderText.addresses("From", [from])
        if let replyTo { head += HeaderText.addresses("Reply-To", [replyTo]) }
        head += HeaderText.addresses("To", to)
        if !cc.isEmpty { head += HeaderText.addresses("Cc", cc) }
        head += HeaderText.unstructured("Subject", subject)
        head += "Message-ID: <\(id)@\(from.domain)>\r\nMIME-Version: 1.0\r\n"
        for header in headers { head += "\(header.name): \(header.value)\r\n" }
        var seen: Set<String> = []
        let people = (to + cc + bcc).map(\.address).filter { seen.insert($0).inserted }
        return RenderedMail(
            id: id, sender: from.address, recipients: people, bytes: Array(head.utf8) + body(boundary: "=_\(id)"))
    }

    /// The parts; no part can hold a boundary, because neither encoding gives `=_`.
    private func body(boundary: String) -> [UInt8] {
        var content = Self.text("plain", text)
        if let html {
            content = Self.multipart("alternative", boundary + ".a", [content, Self.text("html", html)])
        }
        guard !attachments.isEmpty else { return content }
        let files = attachments.map { file in
            let head =
                "Content-Type: \(file.type)\r\nContent-Transfer-Encoding: base64\r\n"
                + "Content-Disposition: attachment\(HeaderText.fileName(file.name))\r\n\r\n"
            return Array(head.utf8) + BodyText.base64(file.bytes) + [0x0D, 0x0A]
        }
        return Self.multipart("mixed", boundary + ".m", [content] + files)
    }

    private static func text(_ kind: String, _ text: String) -> [UInt8] {
        let head =
            "Content-Type: text/\(kind); charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        return Array(head.utf8) + BodyText.quotedPrintable(text) + [0x0D, 0x0A]
    }

    private static func multipart(_ kind: String, _ boundary: String, _ parts: [[UInt8]]) -> [UInt8] {
        var bytes = Array("Content-Type: multipart/\(kind);\r\n boundary=\"\(boundary)\"\r\n\r\n".utf8)
        for part in parts { bytes += Array("--\(boundary)\r\n".utf8) + part }
        return bytes + Array("--\(boundary)--\r\n".utf8)
    }
}
