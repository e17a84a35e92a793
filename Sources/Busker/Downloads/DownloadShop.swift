// Sells what jobs made: free to make, paid to take home.

public import BuskerCore
import BuskerDatabase
import BuskerHTTP
public import BuskerJobs
public import BuskerPayments
public import BuskerStorage

/// Sells the files of jobs, one job at a time: whoever owns the job buys it once and has its files for as long as the money stays.
///
/// The purchase is found by the job and its owner, never by an id of a payment from a request, and its provider is asked at each
/// download. The inbox must carry out purchases of the kind `download` with ``SaleEffects``.
public final class DownloadShop: Sendable {
    /// How many purchases of one job are asked for at a download, the newest first.
    private static let looksMax = 3

    private let service: MediaService
    private let inbox: PaymentInbox
    private let gate: DownloadGate
    private let settings: SaleSettings

    /// Makes a shop.
    ///
    /// - Parameters:
    ///   - service: whose jobs are sold.
    ///   - inbox: where purchases are kept.
    ///   - gate: lets files out.
    ///   - settings: who takes the money, and how much.
    public init(_ service: MediaService, inbox: PaymentInbox, gate: DownloadGate, settings: SaleSettings) {
        self.service = service
        self.inbox = inbox
        self.gate = gate
        self.settings = settings
    }

    /// What a job costs that nobody bought yet.
    public func price(of job: MediaJob) -> Money { settings.price(job) }

    /// Makes a purchase of a job and opens its checkout; again finds the same purchase until it is over.
    ///
    /// The files stay at least until the checkout cannot be paid any more.
    ///
    /// - Returns: the purchase with the address at which to pay; the one that was paid where there is one.
    /// - Throws: ``DownloadError`` with `notFound`, `notReady`, `gone`, `revoked` while a dispute about the job is open, or
    ///   `unavailable`.
    public func buy(_ order: DownloadOrder) async throws(DownloadError) -> Purchase {
        let job = try await ready(order.job, of: order.owner)
        for known in try await purchases(of: job.id, owner: order.owner).prefix(Self.looksMax) where known.isWaiting {
            // A provider that does not answer now is asked again below.
            _ = try? await inbox.settle(known.id)
        }
        let (key, price, known) = try await begin(order, job)
        if let known, known.gift != .none { return known }
        do throws(PaymentError) {
            return try await inbox.buy(
                PurchaseRequest(
                    provider: settings.provider, mode: settings.mode, buyer: order.owner, key: key,
                    kind: DownloadEffects.kind, item: "\(job.id)", price: price, title: settings.title(job),
                    successURL: order.successURL, cancelURL: order.cancelURL, email: order.email,
                    timeToLive: settings.checkoutTime))
        } catch {
            throw Self.failure(error)
        }
    }

    /// The purchases that somebody made of a job, the newest first.
    public func purchases(of job: JobID, owner: String) async throws(DownloadError) -> [Purchase] {
        do {
            return try await service.database.read { tx in
                try PaymentInbox.purchases(of: "\(job)", kind: DownloadEffects.kind, buyer: owner, in: tx)
            }
        } catch {
            throw Self.failure(error)
        }
    }

    /// Lets a sold file out to its buyer, after its provider was asked whether the money is there.
    ///
    /// - Parameters:
    ///   - id: the job.
    ///   - owner: who asks, as the host's sign-in says.
    ///   - name: the name of one of its sold files; the first where nothing is said.
    /// - Throws: ``DownloadError`` with `notFound`, `notReady`, `gone`, `paymentRequired`, `revoked`, or `unavailable` with the time
    ///   after which to try again: whoever cannot be asked lets nothing out.
    public func take(_ id: JobID, owner: String, name: String? = nil) async throws(DownloadError) -> PaidFile {
        let job = try await ready(id, of: owner)
        let files = job.outputs.filter(\.isSold)
        guard let file = name.map({ name in files.first { $0.name == name } }) ?? files.first else { throw Self.noFile }
        let target = try DownloadFile(key: file.key.text, name: file.name, type: file.contentType)
        let known = try await purchases(of: id, owner: owner)
        let paid = known.filter(\.isStanding) + known.filter(\.isWaiting)
        var failure = DownloadError(
            known.contains { $0.gift != .none } ? .revoked : .paymentRequired,
            "It is not paid: \(price(of: job)) is to be paid first.")
        for purchase in paid.prefix(Self.looksMax) {
            do throws(DownloadError) {
                let link = try await gate.link(to: target, purchase: purchase.id, buyer: owner)
                return PaidFile(grant: try await gate.redeem(link.token), file: file)
            } catch {
                guard error.code == .paymentRequired || error.code == .revoked else { throw error }
                if failure.code == .paymentRequired { failure = error }
            }
        }
        throw failure
    }

    /// An address at which the store itself gives a file out, for no longer than the grant; nothing where no store can.
    public func address(of paid: PaidFile) async throws(DownloadError) -> PresignedRequest? {
        let store = service.rooms.store
        guard store.capabilities.presigns, await isFar(paid.file) else { return nil }
        let seconds = (paid.grant.expiresAt.microseconds - service.clock.now.microseconds) / 1_000_000
        guard seconds > 0 else { return nil }
        do throws(StorageError) {
            return try store.presign(
                .get, paid.file.key,
                PresignOptions(
                    expires: try PresignExpiry(seconds: seconds),
                    overrides: ResponseOverrides(
                        disposition: ContentDisposition.attachment(paid.file.name), contentType: paid.file.contentType))
            )
        } catch {
            throw Self.failure(error)
        }
    }

    /// Whether the store that signs has the bytes: of two tiers, the far one may lag.
    private func isFar(_ file: FileRecord) async -> Bool {
        let store = (service.rooms.store as? TieredStore)?.far ?? service.rooms.store
        guard case .present(let info) = await store.head(file.key) else { return false }
        return info.size == file.size
    }
}

extension DownloadShop {
    /// A job that was done and whose files are there.
    private func ready(_ id: JobID, of owner: String) async throws(DownloadError) -> MediaJob {
        let job: MediaJob
        do throws(MediaError) { job = try await service.job(id, of: owner) } catch { throw Self.failure(error) }
        guard job.job.state == .completed else {
            throw DownloadError(.notReady, "The work is not done; there is nothing to buy yet.")
        }
        guard job.outputs.contains(where: \.isSold) else {
            throw DownloadError(.gone, "The files of the job were deleted when their time was over.")
        }
        return job
    }

    /// The key and the price of the purchase that is made next, or that goes on; its files stay as long as it can be paid.
    private func begin(
        _ order: DownloadOrder, _ job: MediaJob
    ) async throws(DownloadError) -> (key: String, price: Money, known: Purchase?) {
        let service = service
        let settings = settings
        do {
            return try await service.database.write { tx in
                guard let entry = try MediaStore.lock(job.id, in: tx), entry.isSeen(by: order.owner) else {
                    throw MediaError.noJob
                }
                let all = try PaymentInbox.purchases(
                    of: "\(job.id)", kind: DownloadEffects.kind, buyer: order.owner, in: tx)
                guard !all.contains(where: \.isFrozen) else {
                    throw DownloadError(.revoked, "A payment for it is disputed; settle that first.")
                }
                let until = service.clock.now.advanced(by: settings.checkoutTime).advanced(by: .seconds(3_600))
                for file in try MediaView.outputs(job.id, of: entry, in: tx) where file.isSold {
                    try FileStore.touch(file.id, usedUntil: until, in: tx)
                }
                let over = all.count { !$0.isStanding && !$0.isWaiting }
                let known = all.first(where: \.isStanding) ?? all.first(where: \.isWaiting)
                return ("sale:\(job.id):\(over)", known?.price ?? settings.price(job), known)
            }
        } catch {
            throw Self.failure(error)
        }
    }

    private static let noFile = DownloadError(.notFound, "There is no such download.")

    private static func failure(_ error: any Error) -> DownloadError {
        switch error {
        case let error as DownloadError: return error
        case let error as MediaError where error.code == .notFound: return noFile
        case let error as MediaError where error.code == .locked:
            return DownloadError(.revoked, error.detail, underlying: error)
        case let error as PaymentError where error.code != .databaseFailed:
            return DownloadError(
                .unavailable, "It cannot be bought now; try again later.", retryAfter: error.retryAfter ?? .seconds(30),
                underlying: error)
        default:
            return DownloadError(
                .databaseFailed, "A part of the service failed; try again later.", retryAfter: .seconds(5),
                underlying: error)
        }
    }
}
