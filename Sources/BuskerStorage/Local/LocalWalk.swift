// The objects of a store on a disk, in the order of their keys.

import BuskerCore

/// Walks the folders in the order of keys and makes a page of what it finds.
///
/// The keys below a folder all begin with its bytes, and no key outside does, so that the order of names, as
/// ``LocalPath/Entry`` reads them, is the order of keys. Of a folder only so many names are held at a time.
struct LocalWalk {
    /// The most names of one folder that are held at a time.
    static let batch = 4096
    private let request: ListRequest
    private let prefix: [UInt8]
    private let start: [UInt8]
    private(set) var page: ListPage

    init(_ request: ListRequest) {
        self.request = request
        prefix = Array(request.prefix.utf8)
        start = Array(ListPage.start(of: request).utf8)
        page = ListPage(request)
    }

    /// Walks through a folder whose keys begin with `base`; false when the page is full.
    mutating func walk(_ folder: Descriptor, base: [UInt8] = []) throws(StorageError) -> Bool {
        var last: [UInt8]?
        while true {
            let entries = try Self.entries(in: folder, after: last)
            for entry in entries where isWanted(base + entry.bytes, isFolder: entry.isFolder) {
                guard try visit(entry, in: folder, base: base) else { return false }
            }
            guard entries.count == Self.batch else { return true }
            last = entries.last?.bytes
        }
    }

    private mutating func visit(
        _ entry: LocalPath.Entry, in folder: Descriptor, base: [UInt8]
    ) throws(StorageError) -> Bool {
        let bytes = base + entry.bytes
        if entry.isFolder {
            guard let inner = try folder.folder(entry.name) else { return true }
            guard request.rollsUp, bytes.last == UInt8(ascii: "/"), bytes.count > prefix.count else {
                return try walk(inner, base: bytes)
            }
            guard let key = try Self.firstKey(in: inner, base: bytes) else { return true }
            return try page.add(key) { () throws(StorageError) in nil }
        }
        guard let key = try? ObjectKey(String(decoding: bytes, as: UTF8.self)) else { return true }
        return try page.add(key) { () throws(StorageError) in try Self.info(entry.name, in: folder, key) }
    }

    /// Whether an object, or some of a folder, may be on the page.
    private func isWanted(_ bytes: [UInt8], isFolder: Bool) -> Bool {
        guard bytes.starts(with: prefix) || isFolder && prefix.starts(with: bytes) else { return false }
        return !bytes.lexicographicallyPrecedes(start) || isFolder && start.starts(with: bytes)
    }

    /// What is known of a file; nothing when it went away or is none of ours.
    private static func info(
        _ name: String, in folder: Descriptor, _ key: ObjectKey
    ) throws(StorageError) -> ObjectInfo? {
        let file: Descriptor
        do throws(StorageError) {
            guard let opened = try folder.file(name) else { return nil }
            file = opened
        } catch {
            if error.code == .badAnswer { return nil }
            throw error
        }
        do throws(StorageError) {
            return try ObjectFooter.read(file, of: key)
        } catch {
            guard error.code == .badAnswer else { throw error }
            return ObjectInfo(
                key: key, size: try file.size(), entityTag: "\"damaged\"", modified: Timestamp(microseconds: 0))
        }
    }

    /// The first object in a folder; nothing when there is none.
    private static func firstKey(in folder: Descriptor, base: [UInt8]) throws(StorageError) -> ObjectKey? {
        for entry in try entries(in: folder, after: nil) {
            let bytes = base + entry.bytes
            if entry.isFolder {
                guard let inner = try folder.folder(entry.name) else { continue }
                if let key = try firstKey(in: inner, base: bytes) { return key }
            } else if let key = try? ObjectKey(String(decoding: bytes, as: UTF8.self)) {
                return key
            }
        }
        return nil
    }

    /// The next names of a folder in order, at most a batch.
    private static func entries(in folder: Descriptor, after last: [UInt8]?) throws(StorageError) -> [LocalPath.Entry] {
        var entries: [LocalPath.Entry] = []
        try folder.eachName { name in
            guard let entry = LocalPath.Entry(name) else { return }
            if let last, !last.lexicographicallyPrecedes(entry.bytes) { return }
            entries.append(entry)
            if entries.count >= 4 * batch { shorten(&entries) }
        }
        shorten(&entries)
        return entries
    }

    private static func shorten(_ entries: inout [LocalPath.Entry]) {
        entries.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        if entries.count > batch { entries.removeLast(entries.count - batch) }
    }
}
