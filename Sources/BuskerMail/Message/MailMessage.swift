// A mail as a host writes it.

/// A file that a mail carries.
public struct MailAttachment: Sendable, Hashable {
    /// What it is called.
    public let name: String
    /// What it is, such as `application/pdf`.
    public let type: String
    /// What it holds.
    public let bytes: [UInt8]

    /// Makes an attachment.
    ///
    /// - Throws: ``MailError`` with `badMessage` when the name is no line of 1 to 200 bytes, or the type is none.
    public init(name: String, type: String, bytes: [UInt8]) throws(MailError) {
        let isType =
            type.split(separator: "/", omittingEmptySubsequences: false).count == 2 && type.utf8.count <= 100
            && type.split(separator: "/").count == 2
            && type.utf8.allSatisfy { byte in
                switch byte {
                case 0x61...0x7A, 0x41...0x5A, 0x30...0x39: true
                default: "/.+-_".utf8.contains(byte)
                }
            }
        guard (1...200).contains(name.utf8.count), HeaderText.isLine(name), isType else {
            throw MailError(.badMessage, "A file has a name of one line and a type such as application/pdf.")
        }
        self.name = name
        self.type = type
        self.bytes = bytes
    }
}

/// A mail before it is written down: whom it goes to, and what it says in plain text, in HTML, or both.
public struct MailMessage: Sendable, Hashable {
    /// From whom it comes.
    public let from: MailAddress
    /// To whom answers go, if not to the sender.
    public let replyTo: MailAddress?
    /// To whom it goes.
    public let to: [MailAddress]
    /// Who gets a copy.
    public let cc: [MailAddress]
    /// Who gets a copy that nobody else sees.
    public let bcc: [MailAddress]
    /// What it is about.
    public let subject: String
    /// What it says in plain text.
    public let text: String
    /// What it says in HTML; nothing for plain text alone.
    public let html: String?
    /// What it carries.
    public let attachments: [MailAttachment]
    /// Further headers, such as `List-Unsubscribe`.
    public let headers: [(name: String, value: String)]

    /// Makes a mail.
    ///
    /// - Throws: ``MailError`` with `badMessage` when there is nobody to send to, or a header would begin another one or is one that
    ///   is made here; with `tooLarge`.
    public init(
        from: MailAddress, to: [MailAddress], cc: [MailAddress] = [], bcc: [MailAddress] = [],
        replyTo: MailAddress? = nil, subject: String, text: String, html: String? = nil,
        attachments: [MailAttachment] = [], headers: [(name: String, value: String)] = []
    ) throws(MailError) {
        let count = to.count + cc.count + bcc.count
        guard !to.isEmpty, count <= MailLimits.recipientsMax else {
            throw MailError(.badMessage, "A mail goes to 1 to \(MailLimits.recipientsMax) people.")
        }
        guard subject.utf8.count <= MailLimits.headerBytesMax, HeaderText.isLine(subject) else {
            throw MailError(.badMessage, "A subject is one line of at most \(MailLimits.headerBytesMax) bytes.")
        }
        guard headers.count <= MailLimits.headersMax, headers.allSatisfy({ Self.isHeader($0.name, $0.value) }) else {
            throw MailError(.badMessage, "A further header has a name that is not made here, and is one line.")
        }
        let size = text.utf8.count + (html?.utf8.count ?? 0) + attachments.reduce(0) { $0 + $1.bytes.count }
        guard attachments.count <= MailLimits.attachmentsMax, size <= MailLimits.messageBytesMax / 2 else {
            throw MailError(.tooLarge, "The mail is too large, or carries too many files; send a link instead.")
        }
        self.from = from
        self.to = to
        self.cc = cc
        self.bcc = bcc
        self.replyTo = replyTo
        self.subject = subject
        self.text = text
        self.html = html
        self.attachments = attachments
        self.headers = headers
    }

    private static let own: Set<String> = [
        "date", "from", "sender", "reply-to", "to", "cc", "bcc", "subject", "message-id", "mime-version", "received",
        "return-path",
    ]

    private static func isHeader(_ name: String, _ value: String) -> Bool {
        let isName =
            (1...60).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, UInt8(ascii: "-"): true
                default: false
                }
            }
        let low = name.lowercased()
        return isName && !own.contains(low) && !low.hasPrefix("content-") && HeaderText.isASCII(value)
            && value.utf8.count <= MailLimits.headerBytesMax
    }

    /// Whether two mails say the same to the same people.
    public static func == (a: MailMessage, b: MailMessage) -> Bool {
        a.from == b.from && a.replyTo == b.replyTo && a.to == b.to && a.cc == b.cc && a.bcc == b.bcc
            && a.subject == b.subject && a.text == b.text && a.html == b.html && a.attachments == b.attachments
            && a.headers.elementsEqual(b.headers) { $0 == $1 }
    }

    /// Hashes what mails differ in most.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(to)
        hasher.combine(subject)
        hasher.combine(text)
    }
}
