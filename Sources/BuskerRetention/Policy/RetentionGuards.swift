// What protects files from every rule.

/// The bounds within which rules may delete; lengths of time are seconds.
public struct RetentionGuards: Sendable, Hashable {
    /// How old a file is at least when it goes.
    public var minAge: Int64 = 3_600
    /// For how long a file that belongs to nothing is left alone.
    public var orphanGrace: Int64 = 7 * 86_400
    /// For how long a deletion can be undone.
    public var undoWindow: Int64 = 7 * 86_400
    /// The most files that one run deletes without being asked again.
    public var maxDeletes: Int64 = 10_000
    /// The most percent of all files that one run deletes.
    public var maxPercentObjects: Int64 = 5
    /// The most percent of all bytes that one run deletes.
    public var maxPercentBytes: Int64 = 5
    /// Percents of fewer files than this say nothing and are not counted.
    public var minPopulation: Int64 = 100
    /// The most percent of one owner's files that one run deletes; an owner who went away does not count.
    public var maxPercentPerOwner: Int64 = 20
    /// How many times more than the median of the runs before one run deletes.
    public var anomalyFactor: Int64 = 5

    /// The bounds as documented.
    public init() {}

    /// The bounds with their names in documents and their ranges.
    static let fields:
        [(name: String, path: any WritableKeyPath<RetentionGuards, Int64> & Sendable, range: ClosedRange<Int64>)] = [
            ("minAgeSeconds", \.minAge, 0...315_360_000), ("orphanGraceSeconds", \.orphanGrace, 0...315_360_000),
            ("undoWindowSeconds", \.undoWindow, 0...315_360_000), ("maxDeletes", \.maxDeletes, 1...1_000_000_000_000),
            ("maxPercentObjects", \.maxPercentObjects, 1...100), ("maxPercentBytes", \.maxPercentBytes, 1...100),
            ("minPopulation", \.minPopulation, 1...1_000_000_000_000),
            ("maxPercentPerOwner", \.maxPercentPerOwner, 1...100), ("anomalyFactor", \.anomalyFactor, 2...1_000_000),
        ]
}
