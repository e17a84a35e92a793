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
        func meters(_ price: ExactDecimal) -> [Meter] {
            [
                isPerMinute
                    ? Meter("time", .startedMinutes, price: .perUnit(price))
                    : Meter("song", .jobs, price: .perUnit(price))
            ]
        }
        let cards = [("separation", try ExactDecimal("1"))] + configuration.models.map { ($0.net.card, $0.price) }
        let models = configuration.models.map(\.net)
        return HostPlan(
            name: "StemStudio", unit: unit, category: .audio, standardWork: "separate", packages: try packages(unit),
            cards: cards.map { ($0.0, meters($0.1)) },
            works: { runner in
                [SeparationWork(runner, models: models, meters: [isPerMinute ? "time" : "song"])]
            }, page: page())
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

    /// The page: in the folder that `WEB_FOLDER` names, or in the resources beside the program, wherever that was moved.
    private static func page() -> WebFiles {
        let beside = URL(fileURLWithPath: program).deletingLastPathComponent().path
        let folders = [
            ProcessInfo.processInfo.environment["WEB_FOLDER"], beside + "/busker-examples_StemStudio.resources/Web",
            beside + "/Web",
        ]
        let folder = folders.compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0 + "/index.html") }
        return folder.map { WebFiles(folder: $0) } ?? .none
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
