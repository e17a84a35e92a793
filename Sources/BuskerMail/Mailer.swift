// The seam: who carries mail away.

/// Sends mail; a host lends one.
public protocol Mailer: Sendable {
    /// Hands a mail over.
    ///
    /// It may be handed over twice when it is not known whether it went out; its name stays the same then.
    ///
    /// - Throws: ``MailError``; when ``MailError/isFinal`` says so, trying again is in vain.
    func send(_ mail: RenderedMail) async throws(MailError)
}
