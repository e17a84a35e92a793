// Songs to order: free to make and to hear, paid to take home.

import Busker
import BuskerAudio
import BuskerCore
import BuskerLedger
import BuskerPayments
import BuskerRetention
import Foundation
import HostKit

/// What SongShop is told beside the settings of the kit.
struct SongSettings: Sendable {
    /// Whether the download is sold.
    let requiresPayment: Bool
    /// What a song costs.
    let price: Money
    /// How long unpaid songs are kept, in days.
    let days: Int64
    /// How often old songs are looked for; nothing never.
    let every: Duration?

    init(_ reader: inout ConfigurationReader) {
        requiresPayment = reader.flag("REQUIRE_PAYMENT_FOR_DOWNLOAD", default: true)
        if requiresPayment, reader.text("STRIPE_SECRET_KEY") == nil {
            reader.fault(
                "STRIPE_SECRET_KEY",
                "is not set; who pays for a download, pays with it. "
                    + "REQUIRE_PAYMENT_FOR_DOWNLOAD=false gives songs away")
        }
        days = reader.number("FILE_RETENTION_DAYS", 4...3650, default: 30)
        let hours = reader.number("CLEANUP_INTERVAL_HOURS", 1...8760, default: 24)
        every = reader.flag("CLEANUP_ENABLED", default: true) ? .seconds(hours * 3_600) : nil
        let text = reader.text("SONG_PRICE") ?? "2.90 USD"
        let parts = text.split(separator: " ").map(String.init)
        let money = parts.count == 2 ? try? Money(parsing: parts[0], currency: Currency(parts[1])) : nil
        if money.map({ $0.minorUnits > 0 }) != true {
            reader.fault("SONG_PRICE", "is an amount above nothing and a currency such as 2.90 USD, not '\(text)'")
        }
        price = money ?? Money(minorUnits: 290, currency: .usd)
    }
}

/// What SongShop sells.
enum SongShop {
    static let lengths = ProceduralSong.secondsRange

    static func plan(_ configuration: HostConfiguration, _ settings: SongSettings) throws -> HostPlan {
        let zone = configuration.retentionZone
        let policy = try ServicePolicies.songs(in: zone, days: settings.days, noticeDays: 3)
        var plan = HostPlan(
            name: "SongShop", identifier: "songshop", unit: try Amount.Unit(code: "song", scale: 0),
            standardWork: "song", cards: [("song", [Meter("song", .jobs, price: .perUnit(try ExactDecimal("0")))])],
            works: { runner in [SongWork(runner, isSold: settings.requiresPayment)] },
            retention: HostRetention(
                policy, due: RetentionMoment(.jobFinished, after: .days(settings.days, in: zone)),
                every: settings.every),
            page: HostProgram.page(of: "SongShop"))
        plan.groups = [.accounts, .keys, .payments, .hooks, .events, .admin]
        plan.routes = { rooms in SongRoutes(rooms: rooms, settings: settings).routes }
        plan.schemas = SongView.schemas
        plan.sale = HostSale(
            price: { _ in settings.price }, title: { job in "SongShop · \(SongView.title(job))" })
        plan.doneMail = HostWords(
            subject: "your song is ready · 노래가 완성되었습니다",
            english: "Your song is ready. Listen to it for free, and take it home when you like it:",
            korean: "노래가 완성되었습니다. 무료로 들어 보시고 마음에 들면 내려받으세요:")
        plan.lastDaysMail = HostWords(
            subject: "your song goes soon · 노래가 곧 삭제됩니다",
            english: "Nobody bought your song \"{name}\"; it is deleted on {day}. Until then you find it here:",
            korean: "아직 구매하지 않은 노래 \"{name}\"이(가) {day}에 삭제됩니다. 그때까지 여기에서 들을 수 있습니다:")
        return plan
    }
}

exit(
    await HostProgram.main("SongShop", standard: ["FREE_CREDITS": "0"], own: { SongSettings(&$0) }) { host, own in
        try SongShop.plan(host, own)
    })
