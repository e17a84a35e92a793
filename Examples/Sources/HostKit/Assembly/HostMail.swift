// The mails of a host, in both languages of it.

import Busker
import BuskerAccounts
import BuskerCore
import BuskerDatabase
import BuskerJobs
import BuskerMail
import BuskerRetention
import BuskerStorage

/// Puts mails into the outbox, each once, in the transaction of what they are about.
struct HostMail: Sendable {
    let outbox: MailOutbox
    let name: String
    let from: MailAddress
    let address: HostAddress

    func write(
        _ subject: String, _ lines: [String], to: EmailAddress, key: String, notAfter: Timestamp? = nil,
        in tx: Transaction
    ) throws {
        let message = try MailMessage(
            from: from, to: [try Self.address(to)], subject: "\(name): \(subject)", text: lines.joined(separator: "\n"))
        try outbox.enqueue(message, key: key, notAfter: notAfter, in: tx)
    }

    /// The address as mail takes it; a few that accounts take cannot be written in a mail.
    private static func address(_ to: EmailAddress) throws -> MailAddress {
        do throws(MailError) {
            return try MailAddress(to.text)
        } catch {
            throw AccountsError(.badEmail, "No mail can be sent to this address; use another one.", underlying: error)
        }
    }

    /// Writes to the owner of a job or file, if there is one whose address is known.
    func write(
        _ words: HostWords, to owner: String, about job: String, _ figures: [String: String] = [:], key: String,
        notAfter: Timestamp? = nil, in tx: Transaction
    ) throws {
        guard let id = try? AccountID(parsing: owner), let account = try AccountStore.account(id, in: tx),
            !account.isDisabled
        else { return }
        let link = "\(address.text)/#/song?id=\(job)"
        let lines = [words.english, link, "", words.korean, link].map { line in
            figures.reduce(line) { $0.replacing("{\($1.key)}", with: $1.value) }
        }
        try write(words.subject, lines, to: account.email, key: key, notAfter: notAfter, in: tx)
    }
}

/// Tells owners that their jobs were done.
struct DoneMail: Sendable {
    let mail: HostMail
    let words: HostWords?

    @Sendable func tell(_ end: JobEnd, in tx: Transaction) throws {
        guard let words, end.job.state == .completed else { return }
        try mail.write(words, to: end.job.owner, about: "\(end.job.id)", key: "done:\(end.job.id)", in: tx)
    }
}

/// Tells owners that their files go.
struct HostHands: RetentionHands {
    let database: any Database
    let mail: HostMail
    let words: HostWords?

    func notify(_ file: FileRecord, over channel: String, deletion: Timestamp) async throws {
        guard let words else { return }
        let figures = ["name": file.name, "day": String(deletion.iso8601.prefix(10))]
        try await database.write { [mail] tx in
            try mail.write(
                words, to: file.owner, about: file.subject ?? "", figures,
                key: "goes:\(file.id):\(deletion.microseconds)",
                notAfter: deletion, in: tx)
        }
    }
}
