// Policies for the services that Busker is made for, ready to be taken and changed.

import BuskerStorage

/// Ready-made policies; a sweep a day carries them out.
///
/// Each is a place to start from: read it, and change what is not yours.
public enum ServicePolicies {
    /// Songs made to order: what nobody paid for goes 30 days after the work was completed, what was paid for is kept.
    ///
    /// Deletions can be undone for a day; then the bytes go.
    ///
    /// - Parameters:
    ///   - zone: whose days are counted.
    ///   - keptYears: for how many years paid songs are kept.
    ///   - days: how long songs are kept that nobody paid for.
    ///   - noticeDays: how many days before an unpaid song goes its maker is told, over the channel `mail`; nobody is told where
    ///     there are none.
    ///   - sold: the kinds of files that are sold, of which notice is given.
    /// - Throws: ``RetentionError`` with `badPolicy` for numbers out of range.
    public static func songs(
        in zone: Zone, keptYears: Int64 = 1, days: Int64 = 30, noticeDays: Int64? = nil, sold: Set<String> = ["song"]
    ) throws(RetentionError) -> RetentionPolicy {
        let unpaid = FilePredicate.payment([.unpaid, .refunded])
        let notice = noticeDays ?? 7
        var guards = daily
        guards.undoWindow = 86_400
        return try RetentionPolicy(
            "songs", version: 1, guards: guards,
            rules: [
                RetentionRule(
                    "unpaid-\(days)-days", when: unpaid,
                    .deleteAt(RetentionMoment(.jobFinished, after: .days(days, in: zone))),
                    reason: "Songs that nobody paid for go \(days) days after they were completed."),
                RetentionRule(
                    "unfinished-\(days)-days", when: .all([unpaid, .not(.state([.accepted]))]),
                    .deleteAt(RetentionMoment(.created, after: .days(days, in: zone))),
                    reason: "What was never completed goes \(days) days after it was begun."),
                RetentionRule(
                    "tell-\(notice)-days-before", when: .all([unpaid, .kind(sold)]),
                    .notifyBefore(seconds: notice * 86_400, channel: "mail"),
                    mode: noticeDays == nil ? .off : .enforce,
                    reason: "The maker is told \(notice) days before an unpaid song goes."),
                RetentionRule(
                    "paid-is-kept", when: .payment([.paid, .disputed]),
                    .retainUntil(RetentionMoment(.paid, after: .years(keptYears, in: zone))),
                    reason: "Who paid can download the song for as long as was promised."),
                RetentionRule(
                    "paid-goes-later", when: .payment([.paid]),
                    .deleteAt(RetentionMoment(.paid, after: .calendar(years: keptYears, months: 1, days: 0, zone))),
                    reason: "A month after the promised time paid songs go, too."),
            ])
    }

    /// Posters: working files of a session go after 24 hours, orphans after 7 days, paid posters are kept.
    ///
    /// - Throws: ``RetentionError`` with `badPolicy` for numbers out of range.
    public static func posters(in zone: Zone, keptYears: Int64 = 3) throws(RetentionError) -> RetentionPolicy {
        try RetentionPolicy(
            "posters", version: 1, guards: daily,
            rules: [
                RetentionRule(
                    "session-24-hours", when: .all([.kind(["session"]), .standing([.temporary])]),
                    .deleteAt(RetentionMoment(.created, after: .hours(24))),
                    reason: "Working files go a day after they were made."),
                RetentionRule(
                    "orphans-7-days", when: .all([.unattached, .standing([.temporary])]),
                    .deleteAt(RetentionMoment(.orphaned, after: .days(7, in: zone))),
                    reason: "What belongs to nothing goes after a week."),
                RetentionRule(
                    "paid-is-kept", when: .all([.kind(["poster"]), .payment([.paid, .disputed])]),
                    .retainUntil(RetentionMoment(.paid, after: .years(keptYears, in: zone))),
                    reason: "Who paid can print the poster again."),
            ])
    }

    /// Invoices: kept to the end of the legal term, counted from the end of the financial year, even when the owner goes away.
    ///
    /// - Parameters:
    ///   - zone: whose midnight ends a year.
    ///   - legalYears: the term, by country 5 to 10 years.
    ///   - lastMonth: the last month of the financial year.
    /// - Throws: ``RetentionError`` with `badPolicy` for numbers out of range.
    public static func invoices(
        in zone: Zone, legalYears: Int64, lastMonth: Int64 = 12
    ) throws(RetentionError) -> RetentionPolicy {
        let end = RetentionAnchor.fiscalYearEnd(of: .created, lastMonth: lastMonth, zone)
        return try RetentionPolicy(
            "invoices", version: 1, guards: daily,
            rules: [
                RetentionRule(
                    "legal-term", when: .kind(["invoice"]),
                    .retainUntil(RetentionMoment(end, after: .years(legalYears, in: zone))),
                    reason: "The law wants invoices to be kept to the end of the term."),
                RetentionRule(
                    "after-legal-term", when: .kind(["invoice"]),
                    .deleteAt(RetentionMoment(end, after: .years(legalYears, in: zone))),
                    reason: "When the term is over there is no reason to keep them."),
            ])
    }

    /// Stems: the parts of a song go some days after the work on them ended; those in use never.
    ///
    /// - Throws: ``RetentionError`` with `badPolicy` for numbers out of range.
    public static func stems(in zone: Zone, days: Int64 = 14) throws(RetentionError) -> RetentionPolicy {
        try RetentionPolicy(
            "stems", version: 1, guards: daily,
            rules: [
                RetentionRule(
                    "stems-after-work", when: .kind(["upload", "stem"]),
                    .deleteAt(RetentionMoment(.jobFinished, after: .days(days, in: zone))),
                    reason: "Stems go some days after the work on them ended."),
                RetentionRule(
                    "downloaded-lately", when: .kind(["stem"]),
                    .retainUntil(RetentionMoment(.lastDownload, after: .days(3, in: zone))),
                    reason: "Who is still downloading has three days more."),
                RetentionRule(
                    "never-worked-on", when: .all([.kind(["upload"]), .not(.payment([.paid]))]),
                    .deleteAt(RetentionMoment(.created, after: .days(30, in: zone))),
                    reason: "Uploads that no work was done on go after 30 days."),
            ])
    }

    /// Dubs: kept as long as the package that was bought says; a refund ends the links at once and the files after 30 days.
    ///
    /// - Parameters:
    ///   - zone: whose days are counted.
    ///   - packages: days by the value of the label `package`.
    /// - Throws: ``RetentionError`` with `badPolicy` for numbers out of range.
    public static func dubs(
        in zone: Zone, packages: [String: Int64] = ["small": 90, "large": 365]
    ) throws(RetentionError) -> RetentionPolicy {
        var rules = [
            RetentionRule(
                "refund-ends-links", when: .payment([.refunded]), .expireLinksAt(RetentionMoment(.paid)),
                reason: "Who got the money back has no link any more."),
            RetentionRule(
                "refund-30-days", when: .payment([.refunded]),
                .deleteAt(RetentionMoment(.paid, after: .days(30, in: zone))),
                reason: "Dubs that were given back go."),
            RetentionRule(
                "unpaid-7-days", when: .payment([.unpaid]),
                .deleteAt(RetentionMoment(.created, after: .days(7, in: zone))),
                reason: "Previews that nobody bought go after a week."),
        ]
        for (name, days) in packages.sorted(by: { $0.key < $1.key }) {
            let when = FilePredicate.all([.tag("package", name), .payment([.paid, .disputed])])
            rules.append(
                RetentionRule(
                    "package-\(name)-kept", when: when,
                    .retainUntil(RetentionMoment(.paid, after: .days(days, in: zone))),
                    reason: "The package '\(name)' keeps dubs for \(days) days."))
            rules.append(
                RetentionRule(
                    "package-\(name)-goes", when: when, .deleteAt(RetentionMoment(.paid, after: .days(days, in: zone))),
                    reason: "The package '\(name)' is over after \(days) days."))
        }
        return try RetentionPolicy("dubs", version: 1, guards: daily, rules: rules)
    }

    /// Guards for services most of whose files are temporary: a day's worth of a month is more than 5 percent.
    private static var daily: RetentionGuards {
        var guards = RetentionGuards()
        guards.maxPercentObjects = 60
        guards.maxPercentBytes = 60
        guards.maxPercentPerOwner = 60
        return guards
    }
}
