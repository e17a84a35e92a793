// Cards: what is a valid one, how versions follow each other, how they become text and come back.

import BuskerCore
import BuskerLedger
import TestSupport
import Testing

@Suite struct PricingCardTests {
    static func card(
        _ version: Int = 1, at effective: Int64 = 0, price: String = "1", name: String = "a", unit: String = "credits"
    ) throws -> RateCard {
        try RateCard(
            name, version: version, effectiveAt: Timestamp(microseconds: effective),
            unit: Amount.Unit(code: unit, scale: 2), meters: [Meter("work", price: .perUnit(ExactDecimal(price)))])
    }

    static let refused = LedgerError(.badPricing, "")

    @Test func versionsFollowEachOtherAndNeverChangeOnceInForce() throws {
        var timeline = RateCardTimeline()
        let now = Timestamp(microseconds: 1000)
        #expect(try timeline.publish(Self.card(), now: now) == .added)
        #expect(try timeline.publish(Self.card(), now: now) == .unchanged)
        #expect(throws: Self.refused) { try timeline.publish(Self.card(1, price: "2"), now: now) }
        #expect(throws: Self.refused) { try timeline.publish(Self.card(3, at: 5000), now: now) }
        #expect(throws: Self.refused) { try timeline.publish(Self.card(2, at: 999), now: now) }
        #expect(try timeline.publish(Self.card(2, at: 5000), now: now) == .added)
        #expect(throws: Self.refused) { try timeline.publish(Self.card(3, at: 5000), now: now) }
        #expect(throws: Self.refused) { try timeline.publish(Self.card(3, at: 4999), now: now) }
        #expect(try timeline.publish(Self.card(2, at: 6000, price: "3"), now: now) == .replaced)
        #expect(timeline.versions.count == 2)
        let later = Timestamp(microseconds: 6000)
        #expect(throws: Self.refused) { try timeline.publish(Self.card(2, at: 7000, price: "4"), now: later) }
        #expect(throws: Self.refused) { try timeline.publish(Self.card(1, price: "4"), now: later) }
        #expect(throws: Self.refused) { try timeline.publish(Self.card(3, at: 9000, name: "b"), now: later) }
        #expect(throws: Self.refused) { try timeline.publish(Self.card(3, at: 9000, unit: "gold"), now: later) }
        #expect(try timeline.publish(Self.card(3, at: 6001), now: later) == .added)
    }

    @Test func theVersionInForceIsTheLastThatHasBegun() throws {
        var timeline = RateCardTimeline()
        let start = Timestamp(microseconds: 0)
        try timeline.publish(Self.card(1, at: 10), now: start)
        try timeline.publish(Self.card(2, at: 20), now: start)
        let wanted: [(Int64, Int?)] = [(9, nil), (10, 1), (19, 1), (20, 2), (.max, 2)]
        for (at, version) in wanted {
            #expect(timeline.card(at: Timestamp(microseconds: at))?.version == version)
        }
    }

    @Test func aPublishedPriceIsTheSameForEverAfter() throws {
        for seed in 0..<30 as Range<UInt64> {
            var dice = SeededGenerator(seed: seed)
            var timeline = RateCardTimeline()
            var now: Int64 = 0
            var seen: [Int64: Int?] = [:]
            for _ in 0..<60 {
                now += Int64.random(in: 0...30, using: &dice)
                let version = Int.random(in: 1...timeline.versions.count + 1, using: &dice)
                let at = now + Int64.random(in: -20...60, using: &dice)
                let price = String(Int.random(in: 1...9, using: &dice))
                _ = try? timeline.publish(
                    Self.card(version, at: at, price: price), now: Timestamp(microseconds: now))
                for (instant, digits) in seen where instant < now {
                    let card = timeline.card(at: Timestamp(microseconds: instant))
                    guard digits != nil else { continue }
                    #expect(Self.digits(card) == digits, "seed \(seed)")
                }
                seen[now] = .some(Self.digits(timeline.card(at: Timestamp(microseconds: now))))
                now += 1
            }
            #expect(timeline.versions.count > 1, "seed \(seed)")
        }
    }

    static func digits(_ card: RateCard?) -> Int? {
        guard case .perUnit(let rate)? = card?.meters[0].price else { return nil }
        return Int(rate.digits)
    }

    @Test(arguments: 0..<60)
    func cardsComeBackFromTextAsTheyWere(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        let card = try NaiveMeter.random(&dice).card()
        let read = try RateCard(json: card.json)
        #expect(read == card, "seed \(seed)")
        #expect(read.json == card.json, "seed \(seed)")
    }

    @Test func periodsAndOddNamesComeBackFromText() throws {
        let unit = try Amount.Unit(code: "credits", scale: 2)
        let periods: [QuotaPeriod] = [
            .day(offsetSeconds: -32_400), .month(startDay: 31, offsetSeconds: 3600),
            .interval(anchor: Timestamp(microseconds: -5), seconds: 604_800),
        ]
        let meters = try periods.enumerated().map { at, period in
            Meter(
                "\"\\ \u{E9}\u{1F3B8} \(at)", .startedSeconds,
                free: try FreeQuota(perJob: 1, perPeriod: PricingLimits.quantityMax, period: period),
                price: .package(size: 3, try ExactDecimal("0.000000001")))
        }
        let card = try RateCard(
            "a/b:c-1_2.3", effectiveAt: Timestamp(microseconds: .min), unit: unit, rounding: .halfEven, meters: meters)
        #expect(try RateCard(json: card.json) == card)
    }

    @Test(arguments: [
        "", "{", "[]", "null", "{}", "{\"name\":\"a\"}", "{\"a\":1,\"a\":2}", "{\"a\":1}x", "{\"a\":01}", "{\"a\":-0}",
        "{\"a\":1.5}", "{\"a\":1e3}", "{\"a\":9223372036854775808}", "{\"a\":\"\\x\"}", "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\udc00\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\n\"}", "{\"a\":tru}", "{\"a\" 1}", "{a:1}", "{\"a\":1,}",
        "[1,]", "\"", "\"\\", "\"\\u", "nul", "-", "{\"a\":+1}", "\u{FEFF}{}",
    ])
    func textThatIsNoCardIsRefused(text: String) {
        #expect(throws: Self.refused) { try RateCard(json: text) }
    }

    @Test func deepLargeAndStrangeTextIsRefused() throws {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: Self.refused) { try RateCard(json: deep) }
        #expect(throws: Self.refused) { try RateCard(json: String(repeating: " ", count: 300_000)) }
        let json = try Self.card().json
        #expect(try RateCard(json: json) == Self.card())
        #expect(throws: Self.refused) { try RateCard(json: json.replacing("\"version\"", with: "\"vision\"")) }
        #expect(throws: Self.refused) { try RateCard(json: json.replacing("\"1\"", with: "\"-1\"")) }
        #expect(throws: Self.refused) { try RateCard(json: json.replacing("halfUp", with: "nearest")) }
        #expect(throws: Self.refused) { try RateCard(json: json.replacing("\"scale\":2", with: "\"scale\":10")) }
    }

    @Test(arguments: 0..<20)
    func brokenTextNeverCrashes(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        var bytes = Array(try NaiveMeter.random(&dice).card().json.utf8)
        for _ in 0..<60 {
            let at = Int.random(in: 0..<bytes.count, using: &dice)
            switch Int.random(in: 0...2, using: &dice) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &dice)
            case 1: bytes.remove(at: at)
            default: bytes.insert(Array("{}[]\",:\\u0-9".utf8).randomElement(using: &dice) ?? 0, at: at)
            }
            do { _ = try RateCard(json: String(decoding: bytes, as: UTF8.self)) } catch {
                #expect(error.code == .badPricing)
            }
        }
    }

    @Test func invalidCardsAreRefused() throws {
        let unit = try Amount.Unit(code: "credits", scale: 2)
        let one = try ExactDecimal("1")
        func make(_ meters: [Meter], name: String = "a", version: Int = 1) throws {
            _ = try RateCard(
                name, version: version, effectiveAt: Timestamp(microseconds: 0), unit: unit, meters: meters)
        }
        let good = Meter("work", price: .flat(one))
        try make([good])
        let wrong: [Meter] = [
            Meter("", price: .flat(one)), Meter("a\u{0}", price: .flat(one)),
            Meter("a", price: .package(size: 0, one)), Meter("a", price: .graduated([])),
            Meter("a", price: .graduated([Tier(upTo: 5, rate: one)])),
            Meter("a", price: .volume([Tier(upTo: nil, rate: one), Tier(upTo: nil, rate: one)])),
            Meter("a", price: .volume([Tier(upTo: 0, rate: one), Tier(upTo: nil, rate: one)])),
            Meter(
                "a", price: .volume([Tier(upTo: 5, rate: one), Tier(upTo: 5, rate: one), Tier(upTo: nil, rate: one)])),
            Meter("a", price: .flat(one), discount: try ExactDecimal("100.000000001")),
            Meter("a", price: .flat(one), maximum: try ExactDecimal("0.001")),
            Meter("a", price: .flat(one), maximum: one, minimum: try ExactDecimal("1.01")),
            Meter("a", price: .flat(one), minimum: try ExactDecimal("100000000000000")),
        ]
        for meter in wrong { #expect(throws: Self.refused, "\(meter)") { try make([meter]) } }
        #expect(throws: Self.refused) { try make([]) }
        #expect(throws: Self.refused) { try make([good, good]) }
        #expect(throws: Self.refused) { try make([good], version: 0) }
        for name in ["", "a b", "a@1", "é", String(repeating: "a", count: 101)] {
            #expect(throws: Self.refused) { try make([good], name: name) }
        }
    }
}
