// What other rooms must do when an account changes.

public import BuskerCore
public import BuskerDatabase

/// A mail that an account needs; what it says is the host's.
public struct AccountMail: Sendable {
    /// What the mail is for; new kinds may appear in any release.
    public enum Kind: String, Sendable, Hashable {
        /// A link to show that the address is right.
        case verify
        /// A link to set a new password.
        case reset
        /// Somebody tried to register with the address of an account.
        case alreadyRegistered = "already_registered"
        /// The password was changed.
        case passwordChanged = "password_changed"
        /// A link to show that a new address is right, sent to it.
        case changeEmail = "change_email"
        /// Somebody who knows the password asked for another address; sent to the present one.
        case emailChangeAsked = "email_change_asked"
        /// The address was changed; sent to the one before.
        case emailChanged = "email_changed"
    }

    /// What the mail is for.
    public let kind: Kind
    /// Whose mail it is.
    public let account: AccountID
    /// Where it goes: the address that is stored, not the one that was typed, but for a new address that is to be shown right.
    public let to: EmailAddress
    /// What the link carries; nothing for mails without one.
    public let token: SecretText?
    /// When the link is over.
    public let expiresAt: Timestamp?
    /// A name of this mail, so that an outbox takes it once.
    public let key: String
}

/// A change of an account that other rooms carry on, in the same transaction.
public enum AccountEffect: Sendable {
    /// An account was made: the moment for free credit.
    case registered(Account)
    /// A mail is due.
    case mail(AccountMail)
    /// The address was shown to be right.
    case verified(Account)
    /// The password was changed or set anew.
    case passwordChanged(Account)
    /// The account has another address, as it stands now.
    case emailChanged(Account)
    /// An administrator gave the account another role.
    case roleChanged(Account)
    /// An administrator disabled the account or enabled it again.
    case disabled(Account)
    /// The account was erased: erase what else is known of its person.
    case erased(AccountID)
}

/// Carries effects out.
public protocol AccountEffectHandler: Sendable {
    /// Carries out an effect, by changes in the transaction alone: it may be run again or undone.
    ///
    /// - Throws: anything; the change of the account is undone then.
    func apply(_ effect: AccountEffect, in tx: Transaction) throws
}

/// Carries nothing out.
public struct NoAccountEffects: AccountEffectHandler {
    /// Makes a handler that does nothing.
    public init() {}

    /// Does nothing.
    public func apply(_ effect: AccountEffect, in tx: Transaction) throws {}
}
