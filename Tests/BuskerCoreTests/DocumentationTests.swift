// The examples of the documentation page, with what they say.

import BuskerCore
import TestSupport
import Testing

@Suite struct DocumentationTests {
    enum JobKind: IDKind { static let prefix = "job" }

    @Test func theQuantitiesAreWhatThePageSays() throws {
        let credits = try Amount.Unit(code: "credits", scale: 2)
        let balance = try Amount(parsing: "12.50", unit: credits)
        let left = try balance.subtracting(Amount(steps: 30, unit: credits))
        #expect(left.description == "12.20 credits")
        let shares = try left.split(by: [2, 1])
        #expect(shares.map(\.decimalText) == ["8.13", "4.07"])
        let tax = try Money(minorUnits: 1250, currency: .usd).multiplied(by: 19, dividedBy: 100, rounding: .halfUp)
        #expect(tax.description == "2.38 USD")
        #expect(throws: AmountError(.badNumber, "")) { try Amount(parsing: "12.505", unit: credits) }
    }

    @Test func theIDIsOneThatAGeneratorMakes() throws {
        let clock = ManualClock(try Timestamp(iso8601: "2026-11-21T06:18:19Z"))
        let ids = IDGenerator(clock: clock, random: SeededGenerator(seed: 1))
        #expect(ids.make(JobKind.self).description == "job_01m7yc2wzrej498pxyxe6t2sce")
    }
}
