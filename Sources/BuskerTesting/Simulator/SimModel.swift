// What people outside of the house know: what they were told, and what they paid.

import Busker
import BuskerCore
import BuskerJobs
import BuskerLedger
import BuskerPayments
import BuskerStorage

/// Who uses the service.
struct SimUser: Sendable {
    let name: String
    let account: AccountName
}

/// Everything that was answered to somebody; what was answered must stay true.
struct SimModel: Sendable {
    struct Upload: Sendable {
        let id: FileID
        let owner: Int
        let sha256: ContentHash
        var isDeleted = false
    }

    struct Order: Sendable {
        let id: JobID
        let owner: Int
        let key: String?
        var work = SimWork.kind
        /// Whether its owner asked to delete it, which may have come about although no answer came.
        var isDeleted = false
        /// What it cost, once its owner saw that it was done.
        var charged: Int64?
    }

    struct Sale: Sendable {
        let id: PurchaseID
        let owner: Int
        let kind: String
        let provider: Int
        let checkout: String?
        /// What was bought, where it is a file.
        var job: JobID?
    }

    struct Link: Sendable {
        let token: DownloadToken
        let sale: PurchaseID
    }

    struct Letter: Sendable {
        let delivery: FakeDelivery
        let provider: Int
    }

    var uploads: [Upload] = []
    var orders: [Order] = []
    var sales: [Sale] = []
    var links: [Link] = []
    var letters: [Letter] = []
    var gifts: [String] = []
    var receipts: [ReceiptID] = []
    /// When money of a payment was seen to go back, at the provider.
    var backSince: [String: Timestamp] = [:]
    /// Requests to buy that may be sent again.
    var wishes: [(owner: Int, key: String, what: String, provider: Int)] = []
    /// Books that were broken where they were seen.
    var breaks: [SimBreak] = []
}

/// A promise that was not kept.
public struct SimBreak: Error, Sendable, Hashable, CustomStringConvertible {
    /// Which book it is, such as `jobs`.
    public let book: String
    /// What is wrong.
    public let detail: String
    /// The names of the things involved.
    public let about: [String]

    /// The book and what is wrong.
    public var description: String { "\(book): \(detail)" }

    init(_ book: String, _ detail: String, about: [String] = []) {
        self.book = book
        self.detail = detail
        self.about = about
    }
}

/// What happened, line by line, and its hash.
struct SimTrace: Sendable {
    private(set) var lines: [String] = []
    private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ step: Int, _ text: String) {
        let line = "\(step) \(text)"
        for byte in line.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        lines.append(line)
    }
}
