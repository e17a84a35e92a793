// How things look outside.

import Busker
import BuskerAccounts
import BuskerCore
import BuskerJobs
import BuskerLedger
import BuskerPayments
import BuskerStorage

/// The JSON of accounts, money, files and jobs.
public enum View {
    /// A time, or null.
    public static func time(_ moment: Timestamp?) -> JSON { moment.map { .text($0.iso8601) } ?? .null }

    /// A text, or null.
    public static func text(_ text: String?) -> JSON { text.map { .text($0) } ?? .null }

    /// A part of a list.
    public static func page<T>(_ page: Page<T>, _ item: (T) throws -> JSON) rethrows -> JSON {
        .object([("items", .list(try page.items.map(item))), ("next_cursor", text(page.next?.text))])
    }

    static func user(_ account: Account) -> JSON {
        [
            "id": .text("\(account.id)"), "email": .text(account.email.text), "role": .text(account.role.rawValue),
            "email_verified": .flag(account.isVerified), "disabled": .flag(account.isDisabled),
            "created_at": time(account.createdAt),
        ]
    }

    static func session(_ signed: SignedIn, balance: JSON, at now: Timestamp) -> JSON {
        [
            "access_token": .text(signed.access.secret), "token_type": "bearer",
            "expires_in": .number(max(0, now.microseconds(until: signed.accessExpiresAt) / 1_000_000)),
            "refresh_token": .text(signed.refresh.secret), "user": user(signed.account), "balance": balance,
        ]
    }

    static func key(_ key: BuskerAccounts.APIKey) -> JSON {
        [
            "id": .text("\(key.id)"), "prefix": .text(key.prefix), "name": .text(key.name),
            "scopes": .list(key.scopes.sorted().map { .text($0) }), "created_at": time(key.createdAt),
            "expires_at": time(key.expiresAt), "revoked_at": time(key.revokedAt), "used_at": time(key.usedAt),
        ]
    }

    static func session(_ session: AccountSession, current: SessionID?) -> JSON {
        [
            "id": .text("\(session.id)"), "label": .text(session.label), "created_at": time(session.createdAt),
            "used_at": time(session.usedAt), "expires_at": time(session.expiresAt),
            "current": .flag(session.id == current),
        ]
    }

    static func balance(_ balance: Balance) -> JSON {
        let expiring = balance.expiringSoon.map { credit -> JSON in
            ["amount": .text(credit.amount.decimalText), "expires_at": time(credit.at)]
        }
        return [
            "unit": .text(balance.unit.code), "available": .text(balance.available.decimalText),
            "held": .text(balance.held.decimalText), "posted": .text(balance.posted.decimalText),
            "debt": .text(balance.debt.decimalText), "expiring": .list(expiring),
        ]
    }

    static func noBalance(_ unit: Amount.Unit) -> JSON {
        let zero = JSON.text(Amount(steps: 0, unit: unit).decimalText)
        return [
            "unit": .text(unit.code), "available": zero, "held": zero, "posted": zero, "debt": zero, "expiring": [],
        ]
    }

    /// A sum of money.
    public static func money(_ money: Money) -> JSON {
        let signs = ["USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "KRW": "₩"]
        let code = money.currency.code
        let text = signs[code].map { $0 + money.decimalText } ?? "\(money.decimalText) \(code)"
        return ["amount_minor": .number(money.minorUnits), "currency": .text(code), "text": .text(text)]
    }

    static func package(_ package: CreditPackage) -> JSON {
        [
            "id": .text(package.id), "name": .text(package.name), "credits": .text(package.credits.decimalText),
            "bonus": .text(package.bonus.decimalText), "price": money(package.price),
        ]
    }

    /// What every purchase tells of itself, whatever is bought.
    public static func purchase(_ purchase: Purchase) -> [(String, JSON?)] {
        let status: String =
            switch purchase.state {
            case .created, .open, .pending: "pending"
            case .partlyRefunded: "partly_refunded"
            default: purchase.state.rawValue
            }
        return [
            ("purchase_id", .text("\(purchase.id)")), ("status", .text(status)),
            ("processing", .flag(purchase.state == .pending)),
            ("created_at", time(purchase.createdAt)), ("refunded", money(purchase.reversed)),
        ]
    }

    static func purchase(_ purchase: Purchase, _ package: CreditPackage) -> JSON {
        .object(
            self.purchase(purchase) + [
                ("checkout_url", text(purchase.checkoutURL)), ("package", self.package(package)),
            ])
    }

    static func entry(_ entry: HistoryEntry) -> JSON {
        [
            "seq": .number(entry.sequence), "at": time(entry.createdAt), "kind": .text(entry.kind.name),
            "amount": .text(entry.amount.decimalText), "change": .text(entry.change.decimalText),
            "balance_after": .text(entry.postedAfter.decimalText), "reference": .text("\(entry.transaction)"),
            "job_id": text(entry.job), "note": text(entry.reason ?? entry.payment ?? entry.notes["reason"]),
        ]
    }

    /// Seconds with thousandths.
    static func seconds(_ microseconds: Int64) -> JSON {
        .decimal(microseconds / 1_000, digits: 3)
    }

    static func upload(_ file: FileRecord) -> JSON {
        [
            "file_id": .text("\(file.id)"), "name": .text(file.name), "size": file.size.map { .number($0) } ?? .null,
            "type": .text(file.contentType), "state": .text(file.state.rawValue), "seconds": length(file),
            "created_at": time(file.times.created),
        ]
    }

    /// The length of a sound, as the service noted it with its file.
    static func length(_ file: FileRecord) -> JSON {
        guard let first = file.tags["sound"]?.split(separator: " ").first, let time = Int64(first) else { return .null }
        return seconds(time)
    }
}
