// What else happens when an account changes.

import BuskerAccounts
import BuskerCore
import BuskerDatabase
import BuskerJobs
import BuskerLedger

/// Gives free credits with a registration and writes the mails of accounts, in the same transaction.
struct HostAccountEffects: AccountEffectHandler {
    let ledger: Ledger
    let free: Amount
    let desk: HostMail

    func apply(_ effect: AccountEffect, in tx: Transaction) throws {
        switch effect {
        case .registered(let account): try welcome(account, in: tx)
        case .mail(let mail): try send(mail, in: tx)
        case .erased(let account): try WebhookOutbox.removeAll(of: "\(account)", in: tx)
        default: break
        }
    }

    private func welcome(_ account: Account, in tx: Transaction) throws {
        let owner = try AccountName("\(account.id)")
        try ledger.open(owner, unit: free.unit, key: try IdempotencyKey("open:\(owner)"), in: tx)
        guard free.steps > 0 else { return }
        try ledger.grant(
            free, to: owner, terms: GrantTerms(.welcome), key: try IdempotencyKey("welcome:\(owner)"), in: tx)
    }

    /// Writes in both languages, because the address says nothing about which its person reads.
    private func send(_ mail: AccountMail, in tx: Transaction) throws {
        let place =
            switch mail.kind {
            case .reset: "reset"
            case .changeEmail: "email"
            default: "verify"
            }
        let link = mail.token.map { "\(desk.address.text)/#/\(place)?token=\($0.secret)" }
        let (subject, english, korean) = words(mail.kind)
        let lines = [english, link ?? "", "", korean, link ?? ""]
        try desk.write(subject, lines, to: mail.to, key: mail.key, notAfter: mail.expiresAt, in: tx)
    }

    private func words(_ kind: AccountMail.Kind) -> (String, String, String) {
        switch kind {
        case .verify:
            (
                "confirm your address · 주소 확인", "Open this link to confirm your address:",
                "아래 링크를 열어 이메일 주소를 확인해 주세요:"
            )
        case .reset:
            (
                "set a new password · 새 비밀번호", "Open this link to set a new password:",
                "아래 링크를 열어 새 비밀번호를 정해 주세요:"
            )
        case .alreadyRegistered:
            (
                "you have an account · 이미 가입됨",
                "Somebody tried to register with your address. You have an account already; nothing was changed.",
                "누군가 이 주소로 가입하려 했습니다. 이미 계정이 있으며 바뀐 것은 없습니다."
            )
        case .passwordChanged:
            (
                "your password was changed · 비밀번호 변경",
                "Your password was changed. If that was not you, set a new one at once.",
                "비밀번호가 변경되었습니다. 직접 변경하지 않았다면 바로 새 비밀번호를 정해 주세요."
            )
        case .changeEmail:
            (
                "confirm your new address · 새 주소 확인", "Open this link to make this the address of your account:",
                "아래 링크를 열면 이 주소가 계정의 이메일 주소가 됩니다:"
            )
        case .emailChangeAsked:
            (
                "a new address was asked for · 주소 변경 요청",
                "Somebody who knows your password asked for another address. If that was not you, change your password at once.",
                "비밀번호를 아는 누군가가 이메일 주소 변경을 요청했습니다. 직접 요청하지 않았다면 바로 비밀번호를 바꿔 주세요."
            )
        case .emailChanged:
            (
                "your address was changed · 주소 변경됨",
                "Your account has another address now; mail no longer comes here. If that was not you, write to us.",
                "계정의 이메일 주소가 변경되어 이 주소로는 더 이상 메일이 오지 않습니다. 직접 변경하지 않았다면 알려 주세요."
            )
        }
    }
}
