// Stem separation for pay: the first host.

import Busker
import BuskerCore
import BuskerLedger
import BuskerStorage
import CStudioHeap
import Foundation
import HostKit
import Logging

/// What StemStudio sells: stems of songs, for a credit each or a credit a minute.
enum StemStudio {
    static func plan(_ configuration: HostConfiguration) throws -> HostPlan {
        let unit = try Amount.Unit(code: "credit", scale: 2)
        let isPerMinute = configuration.pricing == .perMinute
        let one = try ExactDecimal("1")
        let meter =
            isPerMinute
            ? Meter("time", .startedMinutes, price: .perUnit(one)) : Meter("song", .jobs, price: .perUnit(one))
        return HostPlan(
            name: "StemStudio", unit: unit, category: .audio, standardWork: "separate", packages: try packages(unit),
            cards: [("separation", [meter])],
            works: { runner in [SeparationWork(runner, meters: [isPerMinute ? "time" : "song"])] },
            page: .page(of: "StemStudio", program: program))
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

    /// This program, by its absolute path.
    static var program: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? URL(fileURLWithPath: CommandLine.arguments[0]).standardizedFileURL.path
    }

    static func run() async -> Int32 {
        studio_heap_tune()
        let configuration: HostConfiguration
        do throws(ConfigurationFault) {
            configuration = try HostConfiguration(environment: ProcessInfo.processInfo.environment)
        } catch {
            complain("\(error)")
            return ConfigurationFault.exitStatus
        }
        let log = Logger(label: "stemstudio") { JSONLog($0, level: configuration.logLevel) }
        do {
            let host = try await Host(configuration, plan(configuration), program: program, log: log)
            try await host.run { port in
                print("listening on http://\(configuration.host):\(port)")
                fflush(nil)
            }
            await host.close()
            return 0
        } catch {
            complain("StemStudio cannot run: \(error)")
            return 1
        }
    }

    private static func complain(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }
}

// A child that was started to open a sound does that and nothing else.
if let status = SoundProgram.main(Array(CommandLine.arguments.dropFirst())) { exit(status) }
exit(await StemStudio.run())
