// Months of the five services in seconds; nothing goes early, nothing stays too long.

import BuskerCore
import BuskerRetention
import BuskerStorage
import Foundation
import TestSupport
import Testing

@Suite struct YearTests {
    static let environment = ProcessInfo.processInfo.environment
    static let days = environment["BUSKER_RETENTION_DAYS"].flatMap { Int($0) } ?? 42
    static let seed = environment["BUSKER_RETENTION_SEED"].flatMap { UInt64($0) } ?? 7
    /// On every how-many-th day each file is judged, whether a plan names it or not.
    static let judgedEvery = environment["BUSKER_RETENTION_JUDGED"].flatMap { Int($0) } ?? (days > 60 ? 14 : 1)

    @Test func theServicesLiveAndEverythingGoesOnItsDay() async throws {
        var table = ["service   made  deleted  purged  by erasure  readable  rows gone  audit"]
        let start = ContinuousClock.now
        for service in Service.allCases {
            try await Desk.run { desk in
                var year = try ServiceYear(service, desk, seed: Self.seed, judgedEvery: max(1, Self.judgedEvery))
                for number in 0..<Self.days { try await year.live(number) }
                #expect(year.problems.isEmpty, "\(service), seed \(Self.seed): \(year.problems.prefix(5))")
                let rows = try await year.rows()
                let readable = rows.filter(\.isReadable).count
                let gone = rows.filter { $0.state == .gone }.count
                #expect(rows.count == year.made)
                if service == .invoices {
                    #expect(rows.allSatisfy { $0.state != .gone }, "an invoice is gone before its term")
                } else if Self.days > 40 {
                    #expect(gone > 0, "\(service): nothing goes")
                }
                let lines = try await desk.retention.verifyAudit()
                let cells = [year.made, year.deleted, year.purged, year.erased, readable, gone, Int(lines)]
                let widths = [4, 7, 6, 10, 8, 9, 5]
                let text = zip(cells, widths).map { cell, width in
                    String(repeating: " ", count: max(0, width - "\(cell)".count)) + "\(cell)"
                }
                table.append(
                    service.rawValue.padding(toLength: 10, withPad: " ", startingAt: 0) + text.joined(separator: "  "))
            }
        }
        if Self.days >= 365 {
            let took = ContinuousClock.now - start
            print(table.joined(separator: "\n") + "\n\(Self.days) days from seed \(Self.seed) in \(took)")
        }
    }
}
