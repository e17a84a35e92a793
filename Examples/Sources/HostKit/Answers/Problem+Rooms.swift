// What the errors of the rooms become outside.

import Busker
import BuskerAccounts
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerJobs
import BuskerLedger
import BuskerPayments
import BuskerRetention
import BuskerStorage
import HTTPTypes
import Hummingbird

extension Problem {
    /// The problem of any error; what is not known is the host's own fault and tells nothing.
    static func of(_ error: any Error) -> Problem {
        switch error {
        case let error as Problem: error
        case let error as AccountsError: of(error)
        case let error as LedgerError: of(error)
        case let error as MediaError: of(error)
        case let error as DownloadError: of(error)
        case let error as PaymentError: of(error)
        case let error as StorageError: of(error)
        case let error as JobError: of(error)
        case let error as RetentionError: of(error)
        case let error as MultipartError: of(error)
        case let error as DatabaseError: of(error)
        case is JSONError: badBody
        case let error as TextError where error.code == .badCursor: bad("cursor", error.detail)
        case is TextError: notFound
        case is CancellationError: unavailable
        default: Problem(500, "internal")
        }
    }

    static let unavailable = Problem(503, "unavailable", retryAfter: 5)

    private static func of(_ error: AccountsError) -> Problem {
        switch error.code {
        case .badEmail: Problem(422, "bad_email", error.detail)
        case .badPassword: Problem(422, "bad_password", error.detail)
        case .badRequest: Problem(422, "bad_value", error.detail)
        case .badCredentials: Problem(401, "bad_credentials").with(.wwwAuthenticate, "Bearer")
        case .disabled: Problem(403, "account_disabled")
        case .throttled: Problem(429, "too_many_attempts", retryAfter: seconds(error.retryAfter))
        case .badToken: unauthorised("bad_token")
        case .expired: unauthorised("token_expired")
        case .justUsed: Problem(409, "token_just_used")
        case .reused: unauthorised("token_reused")
        case .forbidden: Problem(403, "forbidden", error.detail)
        case .notFound: notFound
        case .lastAdmin: Problem(409, "last_admin")
        case .tooMany: Problem(409, "too_many", error.detail)
        case .changed: Problem(409, "changed", error.detail)
        case .badCursor: bad("cursor", error.detail)
        default: unavailable
        }
    }

    private static func of(_ error: LedgerError) -> Problem {
        switch error.code {
        case .insufficient: insufficient(error.figures)
        case .conflict: Problem(409, "key_reused")
        case .unknownAccount, .unknownTransaction, .unknownHold, .unknownPayment: notFound
        case .badAmount, .overflow, .badName, .badKey, .badTerms, .unitMismatch:
            Problem(422, "bad_value", error.detail)
        case .badCursor: bad("cursor", error.detail)
        case .databaseFailed, .unknownOutcome, .cancelled: unavailable
        default: Problem(409, "conflict", error.detail)
        }
    }

    private static func of(_ error: MediaError) -> Problem {
        switch error.code {
        case .notFound: notFound
        case .badOptions: Problem(422, "bad_value", error.detail, figures: [("field", "options")])
        case .badFile: Problem(422, "bad_file", error.detail)
        case .insufficientCredits: insufficient(error.figures)
        case .priceChanged: Problem(409, "price_changed", error.detail)
        case .locked: Problem(403, "account_frozen", error.detail)
        case .conflict: Problem(409, "key_reused")
        case .wrongState: Problem(409, "wrong_state", error.detail)
        case .badCursor: bad("cursor", error.detail)
        case .expired: Problem(410, "expired", error.detail)
        case .paymentRequired: Problem(402, "payment_required", error.detail)
        default: unavailable
        }
    }

    private static func of(_ error: DownloadError) -> Problem {
        switch error.code {
        case .notFound: notFound
        case .paymentRequired: Problem(402, "payment_required", error.detail)
        case .revoked: Problem(402, "payment_revoked", error.detail)
        case .expired: Problem(410, "link_over", error.detail)
        case .gone: Problem(410, "expired", error.detail)
        case .notReady: Problem(409, "not_ready", error.detail)
        default: Problem(503, "payments_unavailable", retryAfter: seconds(error.retryAfter) ?? 10)
        }
    }

    static func insufficient(_ figures: LedgerError.Figures?) -> Problem {
        guard let figures else { return Problem(402, "insufficient_credits") }
        return Problem(
            402, "insufficient_credits",
            figures: [
                ("needed", .text(figures.needed.decimalText)), ("available", .text(figures.available.decimalText)),
                ("held", .text(figures.held.decimalText)),
            ])
    }

    private static func of(_ error: PaymentError) -> Problem {
        switch error.code {
        case .unknownPurchase, .notFound, .unknownReceipt: notFound
        case .keyReused: Problem(409, "key_reused")
        case .inProgress, .wrongState, .refused: Problem(409, "conflict", error.detail)
        case .badRequest, .unsupported, .badAmount: Problem(422, "bad_value", error.detail)
        case .declined: Problem(402, "card_declined")
        case .badCursor: bad("cursor", error.detail)
        default: Problem(503, "payments_unavailable", retryAfter: seconds(error.retryAfter) ?? 10)
        }
    }

    private static func of(_ error: StorageError) -> Problem {
        switch error.code {
        case .notFound: notFound
        case .tooLarge: Problem(413, "too_large", error.detail)
        case .badType: Problem(415, "bad_type", error.detail)
        case .badLength: Problem(400, "upload_cut", error.detail)
        case .badDigest, .badRequest, .badKey: Problem(400, "bad_upload", error.detail)
        case .alreadyExists: Problem(409, "key_reused", error.detail)
        case .conflict, .badState: Problem(409, "conflict", error.detail)
        case .rateLimited: Problem(429, "too_many_uploads", error.detail, retryAfter: 60)
        case .timedOut: Problem(408, "too_slow")
        case .badRange: Problem(416, "bad_range")
        default: unavailable
        }
    }

    private static func of(_ error: JobError) -> Problem {
        switch error.code {
        case .unknown: notFound
        case .wrongState, .duplicate: Problem(409, "wrong_state", error.detail)
        case .badRequest: Problem(422, "bad_value", error.detail)
        case .refusedAddress: Problem(422, "bad_value", error.detail, figures: [("field", "url")])
        case .badCursor: bad("cursor", error.detail)
        default: unavailable
        }
    }

    private static func of(_ error: RetentionError) -> Problem {
        if !error.brakes.isEmpty {
            let brakes = error.brakes.map { JSON.text($0.description) }
            return Problem(409, "brake", error.detail, figures: [("brakes", .list(brakes))])
        }
        return error.code == .databaseFailed ? unavailable : Problem(409, "conflict", error.detail)
    }

    private static func of(_ error: MultipartError) -> Problem {
        switch error.code {
        case .badType: Problem(415, "bad_form", error.detail)
        case .tooLarge: Problem(413, "too_large", error.detail)
        case .cut: Problem(400, "upload_cut", error.detail)
        default: Problem(400, "bad_form", error.detail)
        }
    }

    private static func of(_ error: DatabaseError) -> Problem { unavailable }

    /// Whole seconds, at least one.
    static func seconds(_ wait: Duration?) -> Int? { wait.map { max(1, Int($0.components.seconds) + 1) } }

    func with(_ name: HTTPField.Name, _ value: String) -> Problem {
        var copy = self
        copy.headers[name] = value
        return copy
    }
}
