// The money that arrived is the credit that was given, whatever goes wrong on the way.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerLedger
import BuskerPayments
import BuskerTesting
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct SimulationTests {
    /// How far a run goes; `Scripts/hunt payments` sets the environment for the long form.
    struct Range {
        var purchases: Int
        var seed: UInt64
        var isLong = false

        static func of(_ kind: DatabaseKind) -> Range? {
            let environment = ProcessInfo.processInfo.environment
            guard let purchases = environment["BUSKER_SIM_PURCHASES"].flatMap(Int.init) else {
                return kind == .sqliteMemory ? nil : Range(purchases: 60, seed: 20_261_121)
            }
            let wanted = environment["BUSKER_SIM_DATABASE"] ?? "all"
            guard wanted == kind.rawValue || wanted == "all" else { return nil }
            let seed = environment["BUSKER_SIM_SEED"].flatMap(UInt64.init) ?? 1
            return Range(purchases: purchases, seed: seed, isLong: true)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func creditsAreWhatThePaidMoneyBought(kind: DatabaseKind) async throws {
        guard let range = Range.of(kind) else { return }
        let audit = try await Self.run(kind, purchases: range.purchases, seed: range.seed, lanes: 8)
        let counts = audit.simulation.counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        let told = counts.joined(separator: ", ")
        #expect(
            audit.problems.isEmpty,
            "seed \(range.seed): \(audit.problems.count) problems\n\(audit.problems.prefix(12).joined(separator: "\n"))\n\(told)"
        )
        #expect(audit.paid > range.purchases / 2, "\(told)")
        if range.isLong {
            FileHandle.standardError.write(Data("\(kind) seed \(range.seed): \(audit.paid) payments, \(told)\n".utf8))
        }
    }

    @Test func aRunReplaysFromItsSeed() async throws {
        let first = try await Self.run(.sqliteMemory, purchases: 14, seed: 7, lanes: 1)
        let second = try await Self.run(.sqliteMemory, purchases: 14, seed: 7, lanes: 1)
        let other = try await Self.run(.sqliteMemory, purchases: 14, seed: 8, lanes: 1)
        #expect(first.fingerprint == second.fingerprint)
        #expect(first.simulation.counts == second.simulation.counts)
        #expect(first.fingerprint != other.fingerprint)
    }

    @Test func whatDoesNotFitIsSeen() async throws {
        try await withDatabase(.sqliteMemory) { database in
            try await Street.open(database, seed: 3, lanes: 4) { street in
                let simulation = try Simulation(street, purchases: 12, seed: 3, lanes: 4)
                try await simulation.run()
                #expect(try await Audit(simulation).problems.isEmpty)
                let book = try #require(
                    street.fakes.flatMap { fake in fake.books().map { (fake, $0) } }
                        .first { $0.1.refunded.minorUnits + $0.1.contested.minorUnits == 0 })
                book.0.refund(payment: book.1.payment)
                #expect(try await Audit(simulation).problems.count >= 2)
                for _ in 0..<2 {
                    street.pass(.seconds(86_400))
                    for purchase in simulation.all.compactMap(\.purchase) {
                        try await street.shop.inbox.settle(purchase)
                    }
                }
                #expect(try await Audit(simulation).problems.isEmpty)
                try await street.shop.ledger.grant(
                    Amount(steps: 1, unit: street.unit),
                    to: try AccountName(#require(await owner(of: book.1, in: street))),
                    key: try IdempotencyKey("a present"))
                #expect(try await Audit(simulation).problems.count == 1)
            }
        }
    }

    private func owner(of book: FakeBook, in street: Street) async throws -> String? {
        guard let id = Audit.purchase(of: book) else { return nil }
        return try await street.shop.inbox.purchase(id)?.buyer
    }

    static func run(_ kind: DatabaseKind, purchases: Int, seed: UInt64, lanes: Int) async throws -> Audit {
        try await withDatabase(kind) { database in
            try await Street.open(database, seed: seed, lanes: lanes) { street in
                let simulation = try Simulation(street, purchases: purchases, seed: seed, lanes: lanes)
                try await simulation.run()
                return try await Audit(simulation)
            }
        }
    }
}
