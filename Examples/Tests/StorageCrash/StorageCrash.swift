// storage-crash: kills a process that writes files again and again, and lets it meet what strangers send.

import ArgumentParser
import Foundation

/// Kills and attacks as a program.
@main
struct StorageCrash: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage-crash",
        abstract: "Kill a process that writes files many times and check that every object is whole.",
        subcommands: [Kills.self, Work.self, Attack.self], defaultSubcommand: Kills.self)
}

/// The plan of kills.
struct Kills: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Kill the worker again and again; stops at the first finding and keeps the folder.")

    @Option(help: "How many kills.")
    var kills = 50

    @Option(help: "The seed of the first kill (default: a new one).")
    var seed: UInt64?

    @Flag(help: "A disk in front of another one instead of one disk.")
    var tiers = false

    @Option(help: "Where the stores are made (default: a folder for temporary files).")
    var folder: String?

    func run() async throws {
        let seed = seed ?? UInt64.random(in: 1...UInt64(UInt32.max))
        print("seed \(seed)")
        let folder =
            folder.map { URL(filePath: $0) }
            ?? FileManager.default.temporaryDirectory.appending(path: "storage-crash-\(seed)")
        var plan = try KillPlan(
            worker: URL(filePath: CommandLine.arguments[0]), folder: folder, seed: seed, hasTiers: tiers)
        for number in 0..<kills {
            do { try await plan.kill(number) } catch let finding as KillFinding {
                print("FOUND: \(finding) The stores are in \(folder.path).")
                throw ExitCode(1)
            }
        }
        try FileManager.default.removeItem(at: folder)
        print(plan.report.words)
    }
}

/// The process that is killed.
struct Work: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write, copy and delete until somebody kills this process.")

    @Option var folder: String
    @Option var seed: UInt64
    @Flag var tiers = false

    func run() async throws {
        let places = try Places(URL(filePath: folder), hasTiers: tiers)
        try await places.create()
        try await Worker(places.store, seed: seed).run()
    }
}
