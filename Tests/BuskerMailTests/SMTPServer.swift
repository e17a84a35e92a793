// A mail server for tests: over a real socket, with or without TLS, friendly or not.

import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// What the server does with its clients.
struct SMTPNature: Sendable {
    var tls = false
    var startTLS = false
    var login: (user: String, password: String)?
    /// Replies that it gives instead of the friendly ones, by the first word of the command; `DATA.` is the end of a mail.
    var replies: [String: String] = [:]
    /// Commands that it does not answer.
    var silent: Set<String> = []
    /// Commands at which it hangs up.
    var gone: Set<String> = []
}

/// A mail as the server got it.
struct ReceivedMail: Sendable {
    var sender = ""
    var recipients: [String] = []
    var text = ""
    var wasSecret = false
    var user: String?
}

/// The server.
final class SMTPServer: Sendable {
    private let channel: any Channel
    private let books: SMTPBooks
    let port: Int

    static func with<T>(_ nature: SMTPNature = SMTPNature(), _ body: (SMTPServer) async throws -> T) async throws -> T {
        let server = try await SMTPServer(nature)
        do {
            let value = try await body(server)
            try await server.channel.close()
            return value
        } catch {
            try await server.channel.close()
            throw error
        }
    }

    var mails: [ReceivedMail] { books.mails.withLock { $0 } }

    private init(_ nature: SMTPNature) async throws {
        let books = SMTPBooks()
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: [
                    .certificate(NIOSSLCertificate(bytes: Array(TestAuthority.certificate.utf8), format: .pem))
                ],
                privateKey: .privateKey(NIOSSLPrivateKey(bytes: Array(TestAuthority.key.utf8), format: .pem))))
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if nature.tls {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.addHandler(SMTPHandler(nature, context, books))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.books = books
        port = channel.localAddress?.port ?? 0
    }
}

private final class SMTPBooks: Sendable {
    let mails = Mutex<[ReceivedMail]>([])
}

/// One conversation.
private final class SMTPHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let nature: SMTPNature
    private let tls: NIOSSLContext
    private let books: SMTPBooks
    private var input: [UInt8] = []
    private var mail = ReceivedMail()
    private var isData = false
    private var isSecret: Bool
    private var user: String?

    init(_ nature: SMTPNature, _ tls: NIOSSLContext, _ books: SMTPBooks) {
        self.nature = nature
        self.tls = tls
        self.books = books
        isSecret = nature.tls
    }

    func channelActive(context: ChannelHandlerContext) {
        answer("CONNECT", "220 test.example ESMTP", context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        input += unwrapInboundIn(data).readableBytesView
        while let end = input.firstRange(of: [0x0D, 0x0A]) {
            let line = String(decoding: input[..<end.lowerBound], as: UTF8.self)
            input.removeSubrange(..<end.upperBound)
            if isData { take(line, context) } else { command(line, context) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func take(_ line: String, _ context: ChannelHandlerContext) {
        guard line == "." else {
            mail.text += (line.hasPrefix("..") ? String(line.dropFirst()) : line) + "\r\n"
            return
        }
        isData = false
        if nature.replies["DATA."] == nil {
            (mail.wasSecret, mail.user) = (isSecret, user)
            books.mails.withLock { [mail] in $0.append(mail) }
        }
        mail = ReceivedMail()
        answer("DATA.", "250 taken", context)
    }

    private func command(_ line: String, _ context: ChannelHandlerContext) {
        let word = line.prefix { $0 != " " && $0 != ":" }.uppercased()
        switch word {
        case "EHLO":
            var offers = ["test.example", "8BITMIME", "SMTPUTF8", "SIZE 30000000"]
            if nature.startTLS, !isSecret { offers.append("STARTTLS") }
            if nature.login != nil { offers.append("AUTH PLAIN LOGIN") }
            let lines = offers.enumerated().map { "250\($0 + 1 < offers.count ? "-" : " ")\($1)" }
            answer(word, lines.joined(separator: "\r\n"), context)
        case "STARTTLS":
            answer(word, "220 go ahead", context)
            isSecret = true
            try? context.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls), position: .first)
        case "AUTH": login(line, context)
        case "MAIL":
            mail.sender = Self.path(line)
            answer(word, "250 ok", context)
        case "RCPT":
            mail.recipients.append(Self.path(line))
            answer(word, "250 ok", context)
        case "DATA":
            isData = nature.replies["DATA"] == nil
            answer(word, "354 go ahead", context)
        case "QUIT":
            answer(word, "221 bye", context)
            context.close(promise: nil)
        default: answer(word, "502 unknown", context)
        }
    }

    private func login(_ line: String, _ context: ChannelHandlerContext) {
        let words = line.split(separator: " ")
        guard let login = nature.login, words.count == 3, words[1] == "PLAIN" else {
            return answer("AUTH", "504 PLAIN with a first answer only", context)
        }
        let expected = base64("\u{0}\(login.user)\u{0}\(login.password)")
        user = words[2] == expected ? login.user : nil
        answer("AUTH", user == nil ? "535 5.7.8 wrong" : "235 welcome", context)
    }

    private func base64(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var (bits, output) = (text.utf8.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }, "")
        while bits.count % 6 != 0 { bits.append(0) }
        for start in stride(from: 0, to: bits.count, by: 6) {
            output.append(alphabet[bits[start..<start + 6].reduce(0) { $0 << 1 | Int($1) }])
        }
        while output.utf8.count % 4 != 0 { output += "=" }
        return output
    }

    private static func path(_ line: String) -> String {
        String(line.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" })
    }

    private func answer(_ word: String, _ text: String, _ context: ChannelHandlerContext) {
        if nature.gone.contains(word) { return context.close(promise: nil) }
        guard !nature.silent.contains(word) else { return }
        let line = (nature.replies[word] ?? text) + "\r\n"
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: line)), promise: nil)
    }
}
