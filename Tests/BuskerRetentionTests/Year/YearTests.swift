// Months of the five services in seconds; nothing goes early, nothing stays a day too long.

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

    @Test func theServicesLiveAndEverythingGoesOnItsDay() async throws {
        var table = ["service   made  deleted  purged  by erasure  readable  rows gone  audit"]
        for service in Service.allCases {
            try await Desk.run { desk in
                var year = try ServiceYear(service, desk, seed: Self.seed)
                for number in 0..<Self.days { try await year.live(number) }
                #expect(year.problems.isEmpty, "\(service), seed \(Self.seed): \(year.problems.prefix(5))")
                let rows = try await year.rows(all: true)
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
        if Self.days >= 365 { print(table.joined(separator: "\n")) }
    }
}
