// Which facts of a file somebody speaks of.

/// A set of facts of a file.
public struct FactSet: OptionSet, Sendable, Hashable, CustomStringConvertible {
    /// One bit for each fact.
    public let rawValue: UInt32

    /// Makes a set of bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The key.
    public static let key = FactSet(rawValue: 1 << 0)
    /// Whose it is.
    public static let owner = FactSet(rawValue: 1 << 1)
    /// Its kind.
    public static let kind = FactSet(rawValue: 1 << 2)
    /// What it belongs to.
    public static let subject = FactSet(rawValue: 1 << 3)
    /// The type of its content.
    public static let contentType = FactSet(rawValue: 1 << 4)
    /// Its bytes.
    public static let size = FactSet(rawValue: 1 << 5)
    /// Where it is in its life.
    public static let state = FactSet(rawValue: 1 << 6)
    /// Whether it is kept for good.
    public static let standing = FactSet(rawValue: 1 << 7)
    /// The money behind it.
    public static let payment = FactSet(rawValue: 1 << 8)
    /// The near tier.
    public static let near = FactSet(rawValue: 1 << 9)
    /// The far tier.
    public static let far = FactSet(rawValue: 1 << 10)
    /// Its labels.
    public static let tags = FactSet(rawValue: 1 << 11)
    /// When its row was made.
    public static let created = FactSet(rawValue: 1 << 12)
    /// When all bytes had come.
    public static let received = FactSet(rawValue: 1 << 13)
    /// When it was paid for.
    public static let paid = FactSet(rawValue: 1 << 14)
    /// When it was given to its owner.
    public static let delivered = FactSet(rawValue: 1 << 15)
    /// When it was last downloaded.
    public static let downloaded = FactSet(rawValue: 1 << 16)
    /// When its work ended.
    public static let finished = FactSet(rawValue: 1 << 17)
    /// When its session ends.
    public static let expires = FactSet(rawValue: 1 << 18)
    /// Since when it belongs to nothing.
    public static let orphaned = FactSet(rawValue: 1 << 19)
    /// When its owner went away.
    public static let ownerDeleted = FactSet(rawValue: 1 << 20)
    /// Until when an address may work.
    public static let linkedUntil = FactSet(rawValue: 1 << 21)
    /// Until when somebody uses it.
    public static let usedUntil = FactSet(rawValue: 1 << 22)
    /// When it was deleted in a way that can be undone.
    public static let deleted = FactSet(rawValue: 1 << 23)
    /// Why it must not be deleted.
    public static let legalHold = FactSet(rawValue: 1 << 24)

    /// Every fact with its name.
    static let named: [(fact: FactSet, name: String)] = [
        (.key, "key"), (.owner, "owner"), (.kind, "kind"), (.subject, "subject"), (.contentType, "content type"),
        (.size, "size"), (.state, "state"), (.standing, "standing"), (.payment, "payment"), (.near, "near tier"),
        (.far, "far tier"), (.tags, "tags"), (.created, "creation"), (.received, "receipt"), (.paid, "payment time"),
        (.delivered, "delivery"), (.downloaded, "last download"), (.finished, "end of work"),
        (.expires, "end of session"), (.orphaned, "orphaned since"), (.ownerDeleted, "owner's leave"),
        (.linkedUntil, "open links"), (.usedUntil, "use"), (.deleted, "deletion"), (.legalHold, "legal hold"),
    ]

    /// The names of the facts.
    public var description: String {
        Self.named.filter { contains($0.fact) }.map(\.name).joined(separator: ", ")
    }
}
