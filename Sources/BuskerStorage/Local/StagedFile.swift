// A file that is being written and that nobody sees yet.

import BuskerCore

/// A file in the folder of staged files, until it is put in its place or dropped.
struct StagedFile: Sendable {
    let disk: LocalDisk
    let folder: Descriptor
    let file: Descriptor
    let name: String

    /// Begins a file; its name says when it was begun, so that leftovers can be told.
    ///
    /// - Parameter room: bytes that are expected.
    init(_ disk: LocalDisk, name: String, now: Timestamp, room: Int64) throws(StorageError) {
        self.disk = disk
        folder = try disk.open("staging")
        try disk.checkSpace(for: room, folder)
        self.name = Self.name(name, now: now)
        file = try folder.makeFile(self.name)
    }

    /// The name of what was begun at a time.
    static func name(_ name: String, now: Timestamp) -> String {
        let digits = String(max(0, now.microseconds), radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits + "-" + name
    }

    /// When something of this name was begun; nothing when the name is none of ours.
    static func began(_ name: String) -> Timestamp? {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 16, parts[1].utf8.count == 32,
            parts[1].utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        return Int64(parts[0], radix: 16).map { Timestamp(microseconds: $0) }
    }

    /// Adds bytes while there is room.
    func write(_ bytes: [UInt8], at offset: Int64) throws(StorageError) {
        try disk.checkSpace(for: Int64(bytes.count), folder)
        try file.write(bytes, at: offset)
    }

    /// Ends the file with what is known of it, and brings it to the disk.
    func finish(_ info: ObjectInfo) throws(StorageError) {
        try file.write(ObjectFooter.bytes(info), at: info.size)
        try disk.sync(file)
    }

    /// Puts the file in its place, as the mode says.
    func place(_ info: ObjectInfo, _ mode: PutMode) throws(StorageError) {
        let path = LocalPath(info.key)
        for _ in 0..<16 {
            guard let parent = try disk.makeParent(of: path) else { continue }
            let lock = try disk.lock(info.key)
            let outcome = try withExtendedLifetime(lock) { () throws(StorageError) -> Descriptor.Outcome in
                try enter(parent, path.file, info.key, mode)
            }
            guard outcome == .done else { continue }
            return try disk.sync(parent)
        }
        throw StorageError(.conflict, "The folders of the object are taken away again and again; try again.")
    }

    private func enter(
        _ parent: Descriptor, _ leaf: String, _ key: ObjectKey, _ mode: PutMode
    ) throws(StorageError) -> Descriptor.Outcome {
        switch mode {
        case .overwrite: return try folder.rename(name, into: parent, as: leaf)
        case .create:
            let outcome = try folder.link(name, into: parent, as: leaf)
            if outcome == .occupied { try mode.check(entityTag: "") }
            if outcome == .done { drop() }
            return outcome
        case .replace:
            let there = try parent.file(leaf)
            try mode.check(
                entityTag: try there.map { file throws(StorageError) in
                    try ObjectFooter.read(file, of: key).entityTag
                })
            return try folder.rename(name, into: parent, as: leaf)
        }
    }

    /// Takes the file away.
    func drop() { _ = try? folder.remove(name) }
}
