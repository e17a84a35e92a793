// How tables come to be, step by step.

/// One step of a room's tables; once released it never changes.
public struct Migration: Sendable {
    /// The room whose tables it makes, such as `ledger`; each room counts its own steps.
    public let room: String
    /// The step, from 1 upward without gaps.
    public let version: Int
    /// What the step is for, in a few words.
    public let name: String
    /// The statements, in the dialect of the database.
    public let statements: @Sendable (Dialect) -> [String]

    /// Makes a step.
    public init(room: String, version: Int, name: String, statements: @escaping @Sendable (Dialect) -> [String]) {
        self.room = room
        self.version = version
        self.name = name
        self.statements = statements
    }
}
