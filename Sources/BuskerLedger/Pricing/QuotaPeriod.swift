// In which stretches of time a free quota begins anew.

public import BuskerCore

/// The stretches of time after which a free quota begins anew; each includes its start and not its end.
///
/// Days and months are those of a fixed offset from UTC, 0 where nothing is said. Zones with daylight saving are not known
/// here: a host that wants them chooses the offset, or gives intervals.
public enum QuotaPeriod: Sendable, Hashable {
    /// A day, beginning at midnight of the offset.
    case day(offsetSeconds: Int64 = 0)
    /// A month, beginning at midnight of a day 1...31 of it; in a month too short for that day, on its last.
    case month(startDay: Int = 1, offsetSeconds: Int64 = 0)
    /// Stretches of equal length, one of which begins at the anchor.
    case interval(anchor: Timestamp, seconds: Int64)

    /// The farthest offset: 18 hours either way, beyond every zone on Earth.
    static let offsetMax: Int64 = 64_800

    /// Checks the figures.
    func validate() throws(LedgerError) {
        switch self {
        case .day(let offset):
            try Self.check(offset)
        case .month(let day, let offset):
            try Self.check(offset)
            guard (1...31).contains(day) else { throw .pricing("A month begins on its day 1 to 31.") }
        case .interval(_, let seconds):
            guard (1...PricingLimits.lifetimeSecondsMax).contains(seconds) else {
                throw .pricing("An interval has 1 second to 100 years.")
            }
        }
    }

    private static func check(_ offset: Int64) throws(LedgerError) {
        guard (-offsetMax...offsetMax).contains(offset) else {
            throw .pricing("An offset from UTC is at most 18 hours either way.")
        }
    }

    /// The start of the period that holds an instant.
    public func start(at instant: Timestamp) -> Timestamp {
        switch self {
        case .day(let offset):
            return Self.midnight(Self.day(of: instant, offset), offset)
        case .month(let startDay, let offset):
            let today = Self.day(of: instant, offset)
            let date = CivilDate(daysSince1970: today)
            let thisMonth = Self.firstDay(year: date.year, month: date.month, startDay: startDay)
            if thisMonth <= today { return Self.midnight(thisMonth, offset) }
            let (year, month) = date.month == 1 ? (date.year - 1, 12) : (date.year, date.month - 1)
            return Self.midnight(Self.firstDay(year: year, month: month, startDay: startDay), offset)
        case .interval(let anchor, let seconds):
            let length = Int128(max(seconds, 1)) * 1_000_000
            let distance = Int128(instant.microseconds) - Int128(anchor.microseconds)
            let into = ((distance % length) + length) % length
            return Timestamp(microseconds: Int64(clamping: Int128(instant.microseconds) - into))
        }
    }

    /// The offset, held in its range where nobody checked it.
    private static func held(_ offset: Int64) -> Int64 { min(max(offset, -offsetMax), offsetMax) }

    private static func day(of instant: Timestamp, _ offset: Int64) -> Int64 {
        let local = instant.advanced(byMicroseconds: held(offset) * 1_000_000).microseconds
        return CivilDate.floorDivide(local, by: CivilDate.microsecondsOfDay).quotient
    }

    private static func midnight(_ day: Int64, _ offset: Int64) -> Timestamp {
        let exact = Int128(day) * Int128(CivilDate.microsecondsOfDay) - Int128(held(offset)) * 1_000_000
        return Timestamp(microseconds: Int64(clamping: exact))
    }

    /// The day on which the period of a month begins: the wanted one, or the last that the month has.
    private static func firstDay(year: Int64, month: Int64, startDay: Int) -> Int64 {
        let wanted = Int64(min(max(startDay, 1), 31))
        for day in stride(from: wanted, through: 28, by: -1) {
            if let date = CivilDate(year: year, month: month, day: day) { return date.daysSince1970 }
        }
        return CivilDate(year: year, month: month, day: min(wanted, 28))?.daysSince1970 ?? 0
    }
}

/// What is free: for each job, and for each account in each period.
///
/// What is free for the job is taken first, so that it does not use up what the account has for the period. What a charge used
/// of the period stays used when the charge is given back.
public struct FreeQuota: Sendable, Hashable {
    /// Free base units for each job.
    public let perJob: Int64
    /// Free base units for each account in each period.
    public let perPeriod: Int64
    /// The periods.
    public let period: QuotaPeriod

    /// Makes a quota.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` when a figure is out of its range.
    public init(
        perJob: Int64 = 0, perPeriod: Int64 = 0, period: QuotaPeriod = .month()
    ) throws(LedgerError) {
        let range = 0...PricingLimits.quantityMax
        guard range.contains(perJob), range.contains(perPeriod) else {
            throw .pricing("A free quota is 0 to 2^53 − 1 base units.")
        }
        try period.validate()
        self.perJob = perJob
        self.perPeriod = perPeriod
        self.period = period
    }
}
