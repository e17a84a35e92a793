// What time it is where a schedule is meant.

public import BuskerCore

/// The time of day of a place: how far its clocks are ahead of UTC.
public protocol CronZone: Sendable {
    /// The seconds that clocks there are ahead of UTC at a moment, -86,400...86,400.
    func secondsAheadOfUTC(at moment: Timestamp) -> Int
}

/// A time zone whose clocks are never changed.
public struct FixedZone: CronZone {
    /// The seconds ahead of UTC.
    public let seconds: Int

    /// Makes a zone; held at 14 hours either way.
    public init(hours: Int = 0, minutes: Int = 0) {
        let held = min(max(hours, -14), 14) * 60 + min(max(minutes, -59), 59)
        seconds = min(max(held, -840), 840) * 60
    }

    /// The seconds ahead of UTC, always the same.
    public func secondsAheadOfUTC(at moment: Timestamp) -> Int { seconds }

    /// UTC.
    public static let utc = FixedZone()
}

extension CronExpression {
    private static let second: Int64 = 1_000_000

    /// The first moment after `moment` that is meant; nothing when the calendar ends before.
    ///
    /// Where clocks are changed, an expression with hours means the time of day: one that is left out is due as much later as the clocks
    /// went forward, one that comes twice is due the first time only. An expression with `*` for the hour means time that passes, and is
    /// due whenever the clocks show a minute that fits.
    public func next(after moment: Timestamp, in zone: some CronZone = FixedZone.utc) -> Timestamp? {
        let edge = Self.second * 86_400 * 365 * 9000
        guard (-edge...edge).contains(moment.microseconds) else { return nil }
        let local = moment.advanced(byMicroseconds: Int64(zone.secondsAheadOfUTC(at: moment)) * Self.second)
        let today = CivilDate.floorDivide(local.microseconds, by: CivilDate.microsecondsOfDay).quotient
        var found: Timestamp?
        for day in (today - 1)...(today + 3000) {
            let best = fits(CivilDate(daysSince1970: day), day) ? first(of: day, after: moment, zone) : nil
            if let found { return min(found, best ?? found) }
            found = best
        }
        return found
    }

    /// The earliest moment of a day that is meant and comes after `moment`.
    private func first(of day: Int64, after moment: Timestamp, _ zone: some CronZone) -> Timestamp? {
        var best: Timestamp?
        for hour in hours {
            for minute in minutes {
                let local = day * CivilDate.microsecondsOfDay + Int64(hour * 60 + minute) * 60 * Self.second
                for candidate in moments(Timestamp(microseconds: local), zone) where candidate > moment {
                    best = min(best ?? candidate, candidate)
                }
            }
        }
        return best
    }

    /// The moments at which clocks show a time, as far as they are meant.
    private func moments(_ local: Timestamp, _ zone: some CronZone) -> [Timestamp] {
        let day = 86_400 * Self.second
        let before = zone.secondsAheadOfUTC(at: local.advanced(byMicroseconds: -day))
        let after = zone.secondsAheadOfUTC(at: local.advanced(byMicroseconds: day))
        let candidates = Set([before, after]).map { local.advanced(byMicroseconds: -Int64($0) * Self.second) }.sorted()
        let real = candidates.filter {
            $0.advanced(byMicroseconds: Int64(zone.secondsAheadOfUTC(at: $0)) * Self.second) == local
        }
        if anyHour { return real }
        return [real.first ?? local.advanced(byMicroseconds: -Int64(before) * Self.second)]
    }
}
