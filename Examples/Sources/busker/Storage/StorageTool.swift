// busker storage: files that are where they should be, by hand.

import ArgumentParser

/// Everything that can be asked of a store.
struct StorageTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage", abstract: "Keep files, in a folder or in a bucket of S3.",
        subcommands: [
            StoragePut.self, StorageGet.self, StorageHead.self, StorageList.self, StorageDu.self, StoragePresign.self,
            StorageCreate.self, StorageMigrate.self, StorageRepair.self, SignVectors.self,
        ])
}
