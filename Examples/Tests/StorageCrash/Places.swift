// Where the killed process keeps its objects.

import BuskerCore
import BuskerStorage
import Foundation

/// One disk, or a disk in front of another one.
struct Places: Sendable {
    let near: LocalStore
    let far: LocalStore?
    let store: any ObjectStore
    private let roots: [URL]

    init(_ folder: URL, hasTiers: Bool) throws {
        var settings = LocalSettings(reserve: 0)
        settings.partBytesMin = 1
        roots = ["near", "far"].map { folder.appending(path: $0) }
        let near = try LocalStore(root: roots[0].path, id: "near", settings: settings)
        let far = hasTiers ? try LocalStore(root: roots[1].path, id: "far", settings: settings) : nil
        (self.near, self.far) = (near, far)
        store = try far.map { try TieredStore(near: near, far: $0) } ?? near
    }

    private var disks: [LocalStore] { [near] + [far].compactMap { $0 } }

    func create() async throws {
        for (disk, root) in zip(disks, roots) {
            try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
            try await disk.create()
        }
    }

    /// Files that a killed process was writing.
    func leftovers() throws -> Int {
        try zip(disks, roots).reduce(0) { sum, place in
            sum + (try FileManager.default.contentsOfDirectory(atPath: place.1.appending(path: "staging").path).count)
        }
    }

    /// Sweeps what a killed process was writing, and the parts of its uploads.
    func sweep() async throws {
        for disk in disks {
            _ = try await disk.sweepStaging(olderThan: .zero)
            for part in try await disk.listMultiparts(prefix: "", after: nil, limit: 1000).items {
                try await disk.resumeMultipart(part.key, upload: part.upload, PutOptions()).abort()
            }
        }
    }
}

/// What is written under a key: bytes that its number and length say.
enum Content {
    static func bytes(_ number: Int, _ size: Int) -> [UInt8] {
        var random = Seeded(seed: UInt64(number))
        let block = (0..<512).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + block.count)
        var count: UInt64 = 0
        while bytes.count < size {
            bytes += withUnsafeBytes(of: count) { Array($0) }
            bytes += block
            count += 1
        }
        return Array(bytes.prefix(size))
    }
}

/// SplitMix64: the same seed gives the same numbers.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
