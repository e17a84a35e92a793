// The moments of a file's life from which a policy counts.

public import BuskerCore
public import BuskerStorage

/// A moment from which an effect counts; where it has not happened, the effect does not apply.
public indirect enum RetentionAnchor: Sendable, Hashable {
    /// The row of the file was made.
    case created
    /// All bytes had come.
    case received
    /// It was paid for.
    case paid
    /// It was first given to its owner.
    case delivered
    /// It was last downloaded.
    case lastDownload
    /// The work that made it, or that it was made for, ended.
    case jobFinished
    /// The session it belongs to ends.
    case sessionExpires
    /// It belongs to nothing since.
    case orphaned
    /// Its owner went away.
    case ownerDeleted
    /// The end of the financial year that another moment lies in: the midnight after the last day of its last month, 1...12.
    case fiscalYearEnd(of: RetentionAnchor, lastMonth: Int64, Zone)

    /// The anchors that are moments themselves, with their names in documents.
    static let plain: [(name: String, anchor: RetentionAnchor)] = [
        ("created", .created), ("received", .received), ("paid", .paid), ("delivered", .delivered),
        ("lastDownload", .lastDownload), ("jobFinished", .jobFinished), ("sessionExpires", .sessionExpires),
        ("orphaned", .orphaned), ("ownerDeleted", .ownerDeleted),
    ]

    /// The fact that the anchor needs.
    var fact: FactSet {
        switch self {
        case .created: .created
        case .received: .received
        case .paid: .paid
        case .delivered: .delivered
        case .lastDownload: .downloaded
        case .jobFinished: .finished
        case .sessionExpires: .expires
        case .orphaned: .orphaned
        case .ownerDeleted: .ownerDeleted
        case .fiscalYearEnd(of: let base, _, _): base.fact
        }
    }

    /// The moment in the life of a file, if it has happened.
    func moment(in times: FileTimes) -> Timestamp? {
        switch self {
        case .created: return times.created
        case .received: return times.received
        case .paid: return times.paid
        case .delivered: return times.delivered
        case .lastDownload: return times.downloaded
        case .jobFinished: return times.finished
        case .sessionExpires: return times.expires
        case .orphaned: return times.orphaned
        case .ownerDeleted: return times.ownerDeleted
        case .fiscalYearEnd(of: let base, let lastMonth, let zone):
            return base.moment(in: times).map { Self.yearEnd($0, lastMonth, zone) }
        }
    }

    private static func yearEnd(_ moment: Timestamp, _ lastMonth: Int64, _ zone: Zone) -> Timestamp {
        let date = LocalTime(moment, in: zone).date
        let year = date.month <= lastMonth ? date.year : date.year + 1
        let next = lastMonth == 12 ? (year + 1, 1) : (year, lastMonth + 1)
        guard let first = CivilDate(year: next.0, month: next.1, day: 1) else { return Timestamp(microseconds: .max) }
        return LocalTime(midnightOf: first).moment(in: zone)
    }
}

/// When an effect is due: so long after a moment of the file's life.
public struct RetentionMoment: Sendable, Hashable {
    /// From when is counted.
    public var anchor: RetentionAnchor
    /// How long.
    public var after: RetentionDuration

    /// Makes a moment; `after` nothing means at once.
    public init(_ anchor: RetentionAnchor, after: RetentionDuration = .seconds(0)) {
        self.anchor = anchor
        self.after = after
    }

    /// The moment in the life of a file, if its anchor has happened.
    public func due(in times: FileTimes) -> Timestamp? { anchor.moment(in: times).map { after.end(from: $0) } }
}
