// Which files a rule is for.

public import BuskerStorage

/// A condition on the facts of a file; there are no patterns, and all files are spelled ``everything``.
///
/// A condition on a fact that is not known is neither met nor failed: it never deletes, and it may keep.
public indirect enum FilePredicate: Sendable, Hashable {
    /// Every file.
    case everything
    /// All of these hold; at least one is given.
    case all([FilePredicate])
    /// One of these holds; at least one is given.
    case any([FilePredicate])
    /// This does not hold.
    case not(FilePredicate)
    /// The key begins with these bytes, at least one.
    case prefix(String)
    /// The label of this name has this value.
    case tag(String, String)
    /// It is at one of these points of its life.
    case state(Set<FileState>)
    /// The money behind it is one of these.
    case payment(Set<FilePayment>)
    /// Its owner is there, is gone, or is a certain one.
    case owner(Owner)
    /// Its kind is one of these.
    case kind(Set<String>)
    /// It is temporary or permanent.
    case standing(Set<FileStanding>)
    /// What the row says of one tier is one of these.
    case tier(Tier, Set<TierState>)
    /// It has at least `from` bytes, and fewer than `below` where that is given.
    case size(from: Int64, below: Int64?)
    /// It belongs to nothing.
    case unattached
    /// The type of its content is one of these, such as `audio/wav`.
    case contentType(Set<String>)

    /// Whose a file is.
    public enum Owner: Sendable, Hashable {
        /// Somebody who is still there.
        case present
        /// Somebody who went away.
        case deleted
        /// This one, in the host's own words.
        case id(String)
    }

    /// A tier of a store of two.
    public enum Tier: String, Sendable, Hashable, CaseIterable {
        /// The near one.
        case near
        /// The far one.
        case far
    }
}
