// Where mail is handed over, and how secretly.

/// The server that takes mail, and how it is spoken to.
public struct SMTPSettings: Sendable, CustomStringConvertible, CustomReflectable {
    /// How secret the connection is.
    public enum Security: String, Sendable, Hashable {
        /// TLS from the first byte, as port 465 wants it.
        case tls
        /// TLS by `STARTTLS` before anything is said, as port 587 wants it; a server without it is refused.
        case startTLS = "starttls"
        /// None: for a server on this machine.
        case plain
    }

    /// The server.
    public let host: String
    /// Its port.
    public let port: Int
    /// How secret the connection is.
    public let security: Security
    /// Who logs in; nothing for nobody.
    public let user: String?
    let password: String?
    /// How this machine names itself.
    public var name = "localhost"
    /// A file of certificates (PEM) to trust instead of the system's; for a CA of one's own.
    public var authorities: String?
    /// The most seconds until the connection stands.
    public var connectSeconds = 15
    /// The most seconds that sending one mail takes.
    public var totalSeconds = 120
    /// Mails that are sent at once.
    public var threads = 2

    /// Describes a server.
    ///
    /// - Parameters:
    ///   - host: its name or address.
    ///   - port: its port; nothing for the usual one.
    ///   - security: how secret the connection is.
    ///   - user: who logs in.
    ///   - password: with which password.
    /// - Throws: ``MailError`` with `badSettings` when host or port is none, or a password would cross a network unprotected.
    public init(
        host: String, port: Int? = nil, security: Security = .startTLS, user: String? = nil, password: String? = nil
    ) throws(MailError) {
        let isHost =
            (1...253).contains(host.utf8.count) && host.first != "-"
            && host.utf8.allSatisfy { byte in
                switch byte {
                case 0x61...0x7A, 0x41...0x5A, 0x30...0x39: true
                default: ".-:".utf8.contains(byte)
                }
            }
        let port = port ?? (security == .tls ? 465 : security == .startTLS ? 587 : 25)
        guard isHost, (1...65_535).contains(port) else {
            throw MailError(.badSettings, "A mail server has a name or an address, and a port of 1 to 65535.")
        }
        let texts = [user, password].compactMap { $0 }
        guard (user == nil) == (password == nil),
            texts.allSatisfy({ (1...1_000).contains($0.utf8.count) && HeaderText.isLine($0) })
        else { throw MailError(.badSettings, "User and password of a mail server come together, each one line.") }
        let isHere = host == "localhost" || host.hasPrefix("127.") || host == "::1"
        guard security != .plain || isHere || user == nil else {
            throw MailError(
                .badSettings, "The password would cross the network for everyone to read; use STARTTLS or TLS.")
        }
        self.host = host
        self.port = port
        self.security = security
        self.user = user
        self.password = password
    }

    /// The address as libcurl reads it, with the name of this machine as its path.
    var url: String {
        let scheme = security == .tls ? "smtps" : "smtp"
        let plain = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x61...0x7A, 0x41...0x5A, 0x30...0x39: true
            default: ".-".utf8.contains(byte)
            }
        }
        return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)/\(plain ? name : "localhost")"
    }

    /// The server; not the password.
    public var description: String { "SMTPSettings(\(host):\(port), \(security.rawValue))" }

    /// Nothing to look at.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
