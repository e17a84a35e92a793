// Everything that the routes of a host reach.

import Busker
import BuskerAccounts
import BuskerAudio
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
import Hummingbird
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
    /// Who sells what jobs made; nothing where credit pays for the work.
    public let sales: DownloadShop?
    /// Lets out what was sold.
    let gate: DownloadGate?
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

extension HostRooms {
    /// Answers with a file of the store, whole or in a range; `service.open` decides whether it may be read.
    public func answer(_ file: FileRecord, _ request: HostRequest, disposition: String) async throws -> Response {
        try await Delivery(file, disposition: disposition) { range in
            try await service.open(file, range: range).body
        }.answer(request)
    }

    /// Answers with peaks of a sound, as audiowaveform writes them: `format` is `json` or `dat`, `points` how many.
    public func peaks(_ file: FileRecord, _ request: HostRequest) async throws -> Response {
        let points = try request.number("points", 1...20_000)
        let format = request.query("format") ?? "json"
        guard ["json", "dat"].contains(format) else { throw Problem.bad("format", "format is json or dat.") }
        if format == "dat", points == nil {
            return try await answer(file, request, disposition: ContentDisposition.attachment(file.name))
        }
        let bytes = try await service.open(file).body.collect(upTo: Self.peaksMax)
        let body = ByteBuffer(bytes: try Self.convert(bytes, points: points, isBinary: format == "dat"))
        return Response(
            status: .ok,
            headers: [
                .contentType: format == "dat" ? "application/octet-stream" : "application/json",
                .cacheControl: "private, max-age=3600",
            ], body: ResponseBody(byteBuffer: body))
    }

    /// The longest waveform that is read into memory, in bytes.
    private static let peaksMax = 16 << 20

    private static func convert(_ bytes: [UInt8], points: Int?, isBinary: Bool) throws -> [UInt8] {
        do throws(AudioError) {
            var wave = try Waveform(decodingBinary: bytes.span)
            if let points, points < wave.count { wave = try wave.resampled(points: points) }
            return isBinary ? try wave.encodeBinary() : try wave.encodeJSON()
        } catch {
            throw Problem.unavailable
        }
    }

    /// When the files of a job go; nothing when it has none, or nothing deletes them.
    public func expiry(of job: MediaJob) -> Timestamp? { job.outputs.compactMap { retention.due($0.times) }.min() }
}
