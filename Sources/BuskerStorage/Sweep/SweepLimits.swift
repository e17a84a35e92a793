// The limits of sweeps.

/// The limits of sweeps; every one is named here.
public struct SweepLimits: Sendable, Hashable {
    /// Seconds between the two sightings that make an orphan.
    public var sightingSeconds: Int64 = 86_400
    /// Seconds since its writing after which an object can be an orphan; twice the life of an upload if that is more.
    public var ageSecondsMin: Int64 = 7 * 86_400
    /// The longest life of an upload, in seconds.
    public var uploadSeconds: Int64 = 86_400
    /// For how many days objects that never had a row are kept in quarantine.
    public var quarantineDays: Int64 = 30
    /// No sweep when there are fewer rows than this share of those of the last sweep, in percent.
    public var rowsPercentMin: Int64 = 80
    /// Objects that are deleted in a second, on the average.
    public var deletesPerSecond: Int64 = 100
    /// Objects that may be deleted at once after a rest.
    public var deletesAtOnce: Int64 = 1000
    /// A sweep stops when more than this share of its deletions failed, in percent.
    public var failuresPercentMax = 10
    /// Keys of a page, and rows that are looked at together.
    public var pageKeys = 500
    /// Lines of a report; more are only counted.
    public var reportLinesMax = 1000

    /// The limits as documented.
    public init() {}

    /// The age of an orphan, in seconds.
    var orphanSeconds: Int64 { max(ageSecondsMin, uploadSeconds.multipliedReportingOverflow(by: 2).partialValue) }
}
