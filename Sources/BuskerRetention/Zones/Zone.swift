// What the clocks on the wall say somewhere.

public import BuskerCore

/// A time zone: how far the clocks somewhere are ahead of UTC at any moment.
///
/// The rules are those that a host lends: a fixed offset, or the content of a file of the time zone database (TZif, RFC 9636).
public struct Zone: Sendable, Hashable, CustomStringConvertible {
    /// The name, such as `UTC`, `+09:00` or `Asia/Seoul`.
    public let name: String
    /// Seconds since 1970 at which the offset changes, in order.
    let changes: [Int64]
    /// The offset from each change on, in seconds east of UTC.
    let offsets: [Int64]
    /// The offset before the first change.
    let first: Int64
    /// What holds after the last change.
    let rule: ZoneRule?

    init(name: String, changes: [Int64] = [], offsets: [Int64] = [], first: Int64, rule: ZoneRule? = nil) {
        self.name = name
        self.changes = changes
        self.offsets = offsets
        self.first = first
        self.rule = rule
    }

    /// Coordinated universal time.
    public static let utc = Zone(name: "UTC", first: 0)

    /// Reads the rules of a zone from the bytes of a file of the time zone database, version 2 or later.
    ///
    /// - Throws: ``RetentionError`` with `badZone` when the bytes are anything but such a file without leap seconds.
    public init(name: String, tzif bytes: [UInt8]) throws(RetentionError) {
        guard (1...64).contains(name.utf8.count) else {
            throw RetentionError(.badZone, "The name of a zone has 1 to 64 bytes.")
        }
        var reader = TZifReader(bytes)
        self = try reader.zone(named: name)
    }

    /// A zone whose offset never changes, by its text: `UTC`, or sign, hours and minutes as in `+09:00`, to 14 hours; else nothing.
    public init?(fixed text: String) {
        if text == "UTC" {
            self = .utc
            return
        }
        let bytes = Array(text.utf8)
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
            bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-")
        else { return nil }
        let digits = [bytes[1], bytes[2], bytes[4], bytes[5]].map { Int64($0) - 48 }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        let (hours, minutes) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
        guard minutes < 60, hours * 60 + minutes <= 14 * 60 else { return nil }
        self.init(name: text, first: (bytes[0] == UInt8(ascii: "-") ? -1 : 1) * (hours * 3600 + minutes * 60))
    }

    /// The name.
    public var description: String { name }

    /// Seconds east of UTC at a moment.
    public func offset(at moment: Timestamp) -> Int64 {
        offset(at: CivilDate.floorDivide(moment.microseconds, by: 1_000_000).quotient)
    }

    func offset(at seconds: Int64) -> Int64 {
        guard let last = changes.last else { return rule?.offset(at: seconds) ?? first }
        if seconds >= last, let rule { return rule.offset(at: seconds) }
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first : offsets[low - 1]
    }

    /// The moment, in seconds since 1970, at which the clocks say `local`, which is counted as if they stood in UTC.
    ///
    /// Where clocks say it twice it is the later moment, where they leave it out the moment as far behind the gap: what is
    /// kept is kept rather longer.
    func moment(ofLocal local: Int64) -> Int64 {
        let candidates = Set(possibleOffsets(around: local)).map { (offset: $0, moment: local - $0) }
        let said = candidates.filter { offset(at: $0.moment) == $0.offset }
        return (said.isEmpty ? candidates : said).map(\.moment).max() ?? local
    }

    /// Every offset that may hold at some moment of the two days around.
    private func possibleOffsets(around local: Int64) -> [Int64] {
        let (from, to) = (local - Self.widest, local + Self.widest)
        var found = [offset(at: from), offset(at: to)]
        if let rule { found += [rule.standard, rule.summer?.offset ?? rule.standard] }
        guard let last = changes.last, from <= last else { return found }
        for (at, change) in changes.enumerated() where from <= change && change <= to { found.append(offsets[at]) }
        return found
    }

    /// No clock is farther from UTC, in seconds.
    static let widest: Int64 = 26 * 3600
}
