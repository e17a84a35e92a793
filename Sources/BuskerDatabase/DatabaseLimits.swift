// How much a database takes on at once.

/// The bounds of a database: what waits, what is grouped, what is kept.
///
/// Every value below one counts as one.
public struct DatabaseLimits: Sendable, Hashable {
    /// The most closures that one commit carries.
    public let groupSize: Int
    /// The most closures that wait for their turn to write, and likewise to read; the next is refused with `limit`.
    public let queueLength: Int
    /// The most prepared statements that a connection keeps.
    public let statements: Int
    /// The number of connections that read beside the writer.
    public let readers: Int
    /// The most characters of a database's message or of a statement that an error quotes.
    public let errorText: Int

    /// Makes the bounds; the defaults suit a server.
    public init(
        groupSize: Int = 256, queueLength: Int = 8192, statements: Int = 256, readers: Int = 4, errorText: Int = 300
    ) {
        self.groupSize = max(1, groupSize)
        self.queueLength = max(1, queueLength)
        self.statements = max(1, statements)
        self.readers = max(1, readers)
        self.errorText = max(1, errorText)
    }
}
