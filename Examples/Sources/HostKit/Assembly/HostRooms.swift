// Everything that the routes of a host reach.

import Busker
import BuskerAccounts
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerJobs
import BuskerLedger
import BuskerMail
import BuskerPayments
import BuskerRetention
import BuskerStorage
import HTTPTypes
import Logging

/// The rooms of a running host.
public struct HostRooms: Sendable {
    /// Takes webhooks of one provider in.
    public typealias Door = @Sendable (_ rawBody: [UInt8], _ headers: HTTPFields) async -> WebhookAnswer

    /// What the operator said.
    public let configuration: HostConfiguration
    /// Where rows are.
    public let database: any Database
    /// Where credit is.
    public let ledger: Ledger
    /// Who is who.
    public let accounts: AccountStore
    /// What is sold.
    public let service: MediaService
    /// Where uploads come in.
    public let desk: UploadDesk
    /// What may be uploaded.
    public let category: UploadCategory
    /// Who sells credit; nothing when nothing is sold.
    public let shop: CreditShop?
    /// Where webhooks come in, by the names of their providers.
    public let doors: [String: Door]
    /// Where what customers' servers are told waits.
    public let hooks: WebhookOutbox
    /// Where mails wait.
    public let outbox: MailOutbox
    /// What may be deleted when.
    public let retention: RetentionDesk
    /// Proof for readers that cannot send headers.
    public let tickets: TicketOffice
    /// What is counted.
    public let metrics: Metrics
    /// The time of day.
    public let clock: any WallClock
    /// What happens is told here.
    public let log: Logger
    /// What a stranger's work is when nothing is said.
    public let standardWork: String
    /// The unit of credit.
    public let unit: Amount.Unit
    /// The page and what belongs to it.
    public let page: WebFiles
    /// Under which address the host is seen.
    public let address: HostAddress
}

extension HostRooms {
    /// What stands to somebody's account; all zero for who never had credit.
    func balance(of caller: Caller) async throws -> JSON { try await balance(of: caller.ledgerName()) }

    /// The same by the ledger's name.
    func balance(of name: AccountName) async throws -> JSON {
        do {
            return View.balance(try await ledger.balance(of: name))
        } catch {
            guard error.code == .unknownAccount else { throw error }
            return View.noBalance(unit)
        }
    }
}
