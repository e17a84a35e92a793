// Stem separation for pay: the first host.

import Busker
import BuskerCore
import BuskerLedger
import BuskerRetention
import Foundation
import HostKit

/// What StemStudio sells: stems of songs, for a credit each or a credit a minute.
enum StemStudio {
    static func plan(_ configuration: HostConfiguration) throws -> HostPlan {
        let unit = try Amount.Unit(code: "credit", scale: 2)
        let isPerMinute = configuration.pricing == .perMinute
        func meters(_ price: ExactDecimal) -> [Meter] {
            [
                isPerMinute
                    ? Meter("time", .startedMinutes, price: .perUnit(price))
                    : Meter("song", .jobs, price: .perUnit(price))
            ]
        }
        let cards = [("separation", try ExactDecimal("1"))] + configuration.models.map { ($0.net.card, $0.price) }
        let models = configuration.models.map(\.net)
        var plan = HostPlan(
            name: "StemStudio", identifier: "stemstudio", unit: unit, standardWork: "separate",
            cards: cards.map { ($0.0, meters($0.1)) },
            works: { runner in
                [SeparationWork(runner, models: models, meters: [isPerMinute ? "time" : "song"])]
            },
            retention: try retention(configuration.retentionDays, configuration.retentionZone),
            page: HostProgram.page(of: "StemStudio"))
        plan.packages = try packages(unit)
        return plan
    }

    /// Songs and stems go some days after the work on them ended, unless somebody is still downloading.
    private static func retention(_ days: Int64, _ zone: Zone) throws -> HostRetention {
        let moment = RetentionMoment(.jobFinished, after: .days(days, in: zone))
        var guards = RetentionGuards()
        (guards.maxPercentObjects, guards.maxPercentBytes, guards.maxPercentPerOwner) = (60, 60, 60)
        let policy = try RetentionPolicy(
            "studio", version: 1, guards: guards,
            rules: [
                RetentionRule(
                    "after-work", when: .kind(["upload", "stem", "peaks", "preview"]), .deleteAt(moment),
                    reason: "Songs and stems go some days after the work on them ended."),
                RetentionRule(
                    "downloaded-lately", when: .kind(["stem"]),
                    .retainUntil(RetentionMoment(.lastDownload, after: .days(3, in: zone))),
                    reason: "Who is still downloading has three days more."),
                RetentionRule(
                    "never-worked-on", when: .all([.kind(["upload"]), .unattached]),
                    .deleteAt(RetentionMoment(.created, after: .days(30, in: zone))),
                    reason: "Uploads that no work was done on go after 30 days."),
            ])
        return HostRetention(policy, due: moment)
    }

    private static func packages(_ unit: Amount.Unit) throws -> [CreditPackage] {
        let rows: [(String, String, Int64, Int64, Int64)] = [
            ("five", "5 credits", 5, 0, 500), ("fifteen", "15 credits", 15, 1, 1_200),
            ("fifty", "50 credits", 50, 10, 3_500),
        ]
        return try rows.map { id, name, credits, bonus, cents in
            try CreditPackage(
                id, name: name, price: Money(minorUnits: cents, currency: .usd),
                credits: Amount(steps: credits * 100, unit: unit), bonus: Amount(steps: bonus * 100, unit: unit))
        }
    }
}

exit(await HostProgram.main("StemStudio", own: { _ in }) { configuration, _ in try StemStudio.plan(configuration) })
