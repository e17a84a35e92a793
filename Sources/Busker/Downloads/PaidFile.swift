// A file that was paid for, with the proof.

public import BuskerStorage

/// A file that its buyer may have now, and the proof; only ``DownloadShop`` makes it.
public struct PaidFile: Sendable, Hashable {
    /// The proof that it is paid.
    public let grant: DownloadGrant
    /// The file.
    public let file: FileRecord
}
