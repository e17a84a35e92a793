// Short-lived proof for readers that cannot send headers.

import BuskerAccounts
import BuskerCore
import BuskerJobs
import Crypto
import Foundation

/// What a ticket is good for: one account, one job, one kind of path, ten minutes.
public struct Ticket: Sendable, Hashable {
    /// What it opens; `all` opens everything below the job that takes tickets.
    public enum Purpose: String, Sendable, CaseIterable {
        case all
        case events
        case preview
        case download
    }

    /// Whose it is.
    public let account: AccountID
    /// The job.
    public let job: JobID
    /// What it opens.
    public let purpose: Purpose
    /// When it is over.
    public let expires: Timestamp
}

/// Makes tickets and knows them again.
public struct TicketOffice: Sendable {
    /// How long a ticket is good, in seconds.
    public static let seconds: Int64 = 600
    private let key: SymmetricKey

    /// Makes an office; its key is made from the host's secret.
    public init(_ secret: SecretText) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Array(secret.secret.utf8)), salt: Array("busker hostkit 1".utf8),
            info: Array("tickets".utf8), outputByteCount: 32)
    }

    /// The text of a ticket.
    public func text(_ ticket: Ticket) -> String {
        let body = Self.body(ticket)
        let code = HMAC<SHA256>.authenticationCode(for: Array(body.utf8), using: key)
        return body + "." + code.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// The ticket of a text that is ours and not over; nothing otherwise.
    public func ticket(_ text: String, at now: Timestamp) -> Ticket? {
        let parts = text.prefix(512).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 5, let account = try? AccountID(parsing: String(parts[0])),
            let job = try? JobID(parsing: String(parts[1])), let purpose = Ticket.Purpose(rawValue: String(parts[2])),
            let expires = Int64(parts[3]), expires > now.microseconds / 1_000_000
        else { return nil }
        let code = Self.bytes(parts[4])
        let body = parts[..<4].joined(separator: ".")
        guard HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Array(body.utf8), using: key) else {
            return nil
        }
        let moment = Timestamp(microseconds: expires * 1_000_000)
        return Ticket(account: account, job: job, purpose: purpose, expires: moment)
    }

    private static func body(_ ticket: Ticket) -> String {
        "\(ticket.account).\(ticket.job).\(ticket.purpose.rawValue).\(ticket.expires.microseconds / 1_000_000)"
    }

    private static func bytes(_ hex: Substring) -> [UInt8] {
        let digits = hex.utf8.map { byte -> UInt8 in byte >= 0x61 ? byte &- 0x57 : byte &- 0x30 }
        guard digits.count == 64, digits.allSatisfy({ $0 < 16 }) else { return [] }
        return stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
