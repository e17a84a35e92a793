// Hands mail to a server.

import BuskerCore
import CCurl
import Synchronization

/// Sends mail by SMTP (RFC 5321) through libcurl, on threads of its own, each mail on a connection of its own.
///
/// With `tls` and `startTLS` the server's certificate must be good for its name; there is no way to turn that off.
public final class SMTPMailer: Mailer {
    private let settings: SMTPSettings
    private let threads: OwnThreads

    /// Makes a mailer of a server.
    public init(_ settings: SMTPSettings) {
        self.settings = settings
        threads = OwnThreads(threadsMax: min(max(settings.threads, 1), 16), waitingMax: 256)
    }

    /// Hands a mail to the server, for all of its recipients or for none.
    ///
    /// - Throws: ``MailError`` with `refused`, `deferred`, `unreachable`, `timedOut`, `insecure`, `loginDenied`, `badAddress`, `busy`.
    public func send(_ mail: RenderedMail) async throws(MailError) {
        let settings = settings
        let answer = await threads.run { () -> Result<Void, MailError> in
            do throws(MailError) {
                return .success(try CurlMail.send(mail, settings))
            } catch {
                return .failure(error)
            }
        }
        guard let answer else { throw MailError(.busy, "Too many mails wait to be sent; try again later.") }
        try answer.get()
    }
}

/// One mail through libcurl.
private enum CurlMail {
    /// Whether libcurl is ready; asked for once, before the first use.
    private static let isReady = busker_curl_start() == CURLE_OK

    static func send(_ mail: RenderedMail, _ settings: SMTPSettings) throws(MailError) {
        guard isReady, let handle = unsafe curl_easy_init() else {
            throw MailError(.failed, "The system's libcurl did not start.")
        }
        defer { unsafe curl_easy_cleanup(handle) }
        var list: UnsafeMutablePointer<curl_slist>?
        defer { unsafe curl_slist_free_all(list) }
        for recipient in mail.recipients {
            guard let longer = unsafe curl_slist_append(list, "<\(recipient)>") else {
                throw MailError(.failed, "There is no memory for the recipients.")
            }
            unsafe list = unsafe longer
        }
        unsafe setUp(handle, settings)
        unsafe text(handle, CURLOPT_MAIL_FROM, "<\(mail.sender)>")
        _ = unsafe busker_curl_set_list(handle, CURLOPT_MAIL_RCPT, list)
        var reply = busker_reply()
        let code = unsafe mail.bytes.withUnsafeBufferPointer { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
                var upload = unsafe busker_upload(bytes: bytes.baseAddress, count: bytes.count, sent: 0)
                return unsafe withUnsafeMutablePointer(to: &upload) { upload in
                    unsafe withUnsafeMutablePointer(to: &reply) { reply in
                        guard unsafe busker_curl_set_upload(handle, upload) == CURLE_OK,
                            unsafe busker_curl_set_reply(handle, reply) == CURLE_OK
                        else { return CURLE_FAILED_INIT }
                        return unsafe curl_easy_perform(handle)
                    }
                }
            }
        }
        guard code != CURLE_OK else { return }
        throw failure(code, reply: Int(unsafe busker_curl_response(handle)), said: words(of: reply))
    }

    private static func setUp(_ handle: UnsafeMutableRawPointer, _ settings: SMTPSettings) {
        unsafe text(handle, CURLOPT_URL, settings.url)
        unsafe text(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        unsafe text(handle, CURLOPT_PROXY, "")
        unsafe number(handle, CURLOPT_NOSIGNAL, 1)
        unsafe number(handle, CURLOPT_CONNECTTIMEOUT, settings.connectSeconds)
        unsafe number(handle, CURLOPT_TIMEOUT, settings.totalSeconds)
        unsafe number(handle, CURLOPT_SSL_VERIFYPEER, 1)
        unsafe number(handle, CURLOPT_SSL_VERIFYHOST, 2)
        unsafe number(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if settings.security != .plain { unsafe number(handle, CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        if let authorities = settings.authorities {
            unsafe text(handle, CURLOPT_CAINFO, authorities)
            unsafe text(handle, CURLOPT_CAPATH, nil)
        }
        if let user = settings.user, let password = settings.password {
            unsafe text(handle, CURLOPT_USERNAME, user)
            unsafe text(handle, CURLOPT_PASSWORD, password)
            unsafe number(handle, CURLOPT_SASL_IR, 1)
        }
    }

    private static func text(_ handle: UnsafeMutableRawPointer, _ option: CURLoption, _ value: String?) {
        _ = unsafe busker_curl_set_text(handle, option, value)
    }

    private static func number(_ handle: UnsafeMutableRawPointer, _ option: CURLoption, _ value: Int) {
        _ = unsafe busker_curl_set_number(handle, option, value)
    }

    /// What a failure means: what happened to the connection, or else what the server replied.
    private static func failure(_ code: CURLcode, reply: Int, said: String) -> MailError {
        switch code {
        case CURLE_LOGIN_DENIED:
            return MailError(.loginDenied, "The server refused user and password; check them.", reply: reply)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_USE_SSL_FAILED, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER:
            return MailError(.insecure, "There is no TLS with a certificate that is good for the server's name.")
        case CURLE_OPERATION_TIMEDOUT: return MailError(.timedOut, "The server did not answer in time.")
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT:
            return MailError(.unreachable, "The server cannot be reached.")
        default: break
        }
        switch reply {
        case 500...599: return MailError(.refused, "The server refused the mail: \(said)", reply: reply)
        case 400...499: return MailError(.deferred, "The server asks to try again later: \(said)", reply: reply)
        default: return MailError(.unreachable, "The connection broke (libcurl \(code.rawValue)).")
        }
    }

    /// The last line of the server, without what does not print.
    private static func words(of reply: busker_reply) -> String {
        var reply = reply
        let count = min(reply.count, 300)
        let bytes = unsafe withUnsafeBytes(of: &reply.text) { unsafe Array($0.prefix(count)) }
        return String(decoding: bytes.map { (0x20...0x7E).contains($0) ? $0 : 0x20 }, as: UTF8.self)
    }
}
