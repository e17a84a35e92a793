// The rules of uploads in parts that every store of our own keeps in the same way.

/// What S3 asks of parts, asked everywhere, so that what works on a disk works there.
enum PartRules {
    /// The bytes that every part but the last has at least.
    static let bytesMin = 5 << 20

    /// Refuses a part that no upload takes.
    static func check(number: Int, size: Int) throws(StorageError) {
        guard (1...10_000).contains(number) else {
            throw StorageError(.badRequest, "Parts have the numbers 1 to 10,000, not \(number).")
        }
        guard Int64(size) <= 5 << 30 else { throw StorageError(.tooLarge, "A part has 5 GiB at most.") }
    }

    /// Refuses a list of parts that is not in order, not what was put, or has small ones in the middle.
    static func check(
        _ parts: [UploadPart], against known: (Int) -> UploadPart?, bytesMin: Int
    ) throws(StorageError) {
        guard !parts.isEmpty else { throw StorageError(.badRequest, "An upload has at least one part.") }
        for (place, part) in parts.enumerated() {
            guard place == 0 || parts[place - 1].number < part.number else {
                throw StorageError(.badRequest, "The parts are not in the order of their numbers.")
            }
            guard known(part.number) == part else {
                throw StorageError(.badRequest, "Part \(part.number) is not there, or not the one that was named.")
            }
            guard place == parts.count - 1 || part.size >= Int64(bytesMin) else {
                throw StorageError(.badRequest, "Part \(part.number) has \(part.size) bytes, less than \(bytesMin).")
            }
        }
    }

    /// What is said of an upload that has ended.
    static let ended = StorageError(.notFound, "There is no such upload; it was completed, aborted or swept.")
}
