// What is unusual about a plan, so that nothing is deleted before somebody looked.

/// A reason to stop before the first deletion.
public enum Brake: Sendable, Hashable, CustomStringConvertible {
    /// More files would go than the policy allows in one run.
    case deletes(count: Int64, limit: Int64)
    /// A larger share of all files would go than the policy allows.
    case objects(count: Int64, of: Int64, percent: Int64)
    /// A larger share of all bytes would go than the policy allows.
    case bytes(count: Int64, of: Int64, percent: Int64)
    /// A larger share of one owner's files would go than the policy allows.
    case owner(String, count: Int64, of: Int64, percent: Int64)
    /// Many times more files would go than at the runs before.
    case anomaly(count: Int64, median: Int64, factor: Int64)

    /// The reason in plain words.
    public var description: String {
        switch self {
        case .deletes(let count, let limit): "\(count) files would be deleted; one run may delete \(limit)"
        case .objects(let count, let all, let percent):
            "\(count) of \(all) files would be deleted; one run may delete \(percent) %"
        case .bytes(let count, let all, let percent):
            "\(count) of \(all) bytes would be deleted; one run may delete \(percent) %"
        case .owner(let owner, let count, let all, let percent):
            "\(count) of \(all) files of '\(owner)' would be deleted; one run may delete \(percent) % of one owner's"
        case .anomaly(let count, let median, let factor):
            "\(count) files would be deleted; the runs before deleted \(median), and \(factor) times that is too many"
        }
    }
}
