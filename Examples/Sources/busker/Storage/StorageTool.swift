// busker storage: files that are where they should be, by hand.

import ArgumentParser

/// Everything that can be asked of a store.
struct StorageTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage", abstract: "Keep files: try how requests to a store are signed.",
        subcommands: [SignVectors.self])
}
