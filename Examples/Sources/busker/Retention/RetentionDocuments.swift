// busker retention s3-lifecycle and policy: documents to print.

import ArgumentParser
import BuskerCore
import BuskerRetention
import BuskerStorage
import Foundation

/// Prints what a bucket can be told of a policy.
struct RetentionLifecycle: ParsableCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "s3-lifecycle",
        abstract: "Print the part of a policy that a bucket of S3 can be told, as its XML; it acts two days late.",
        discussion: "What is lost goes to standard error, and is a list with --json.")

    @OptionGroup var policy: PolicyOption
    @Option(help: "Days after which uploads in parts are given up.") var abortDays: Int64 = 7
    @OptionGroup var answer: Answer

    func validate() throws {
        guard (1...3650).contains(abortDays) else { throw ValidationError("--abort-days is 1 to 3650.") }
    }

    func run() throws {
        let made = try policy.read().compileToS3Lifecycle(abortsUploadsAfterDays: abortDays)
        let text = String(decoding: try made.document(), as: UTF8.self)
        guard !answer.json else {
            print(try JSONText.block(Report(xml: text, lost: made.lost.map { ["rule": $0.rule, "what": $0.what] })))
            return
        }
        print(text)
        guard !answer.quiet else { return }
        for loss in made.lost { StandardError.write("lost: \(Columns.visible(loss.description))\n") }
    }

    private struct Report: Encodable {
        let xml: String
        let lost: [[String: String]]
    }
}

/// Prints a ready-made policy.
struct RetentionReady: ParsableCommand {
    /// The services that there are policies for.
    enum Service: String, ExpressibleByArgument, CaseIterable {
        case songs
        case posters
        case invoices
        case stems
        case dubs
    }

    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Print a ready-made policy to begin with.")

    @Argument(help: "The service: songs, posters, invoices, stems or dubs.") var service: Service
    @Option(help: "Whose days are counted.") var zone = "UTC"
    @Option(help: "For how many years the law wants invoices to be kept.") var legalYears: Int64 = 10

    func validate() throws {
        guard (1...100).contains(legalYears) else { throw ValidationError("--legal-years is 1 to 100.") }
    }

    func run() throws {
        let zone = try PolicyOption.named(zone)
        let policy =
            switch service {
            case .songs: try ServicePolicies.songs(in: zone)
            case .posters: try ServicePolicies.posters(in: zone)
            case .invoices: try ServicePolicies.invoices(in: zone, legalYears: legalYears)
            case .stems: try ServicePolicies.stems(in: zone)
            case .dubs: try ServicePolicies.dubs(in: zone)
            }
        print(policy.document)
    }
}
