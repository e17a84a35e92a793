// The rules of options and ranges that every store of our own keeps in the same way.

import BuskerCore

extension PutOptions {
    /// Refuses what no store could keep or send.
    func check() throws(StorageError) {
        guard (length ?? 0) >= 0, (bytesMax ?? 0) >= 0 else {
            throw StorageError(.badRequest, "A length is negative.")
        }
        if let contentType {
            guard (1...255).contains(contentType.utf8.count), Self.isPrintable(contentType) else {
                throw StorageError(.badRequest, "A content type is 1 to 255 printable ASCII characters.")
            }
        }
        var bytes = 0
        for (name, value) in attributes {
            bytes += name.utf8.count + value.utf8.count
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isName), Self.isPrintable(value), bytes <= 2048 else {
                throw StorageError(
                    .badRequest,
                    "An attribute has a name of a-z, 0-9 and -, and a printable ASCII value; all have 2048 bytes at most."
                )
            }
        }
    }

    private static func isPrintable(_ text: String) -> Bool { text.utf8.allSatisfy { (0x20...0x7E).contains($0) } }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }
}

extension PutMode {
    /// Refuses to write over what is there, or is not, as the mode says.
    func check(entityTag: String?) throws(StorageError) {
        switch self {
        case .overwrite: return
        case .create:
            guard entityTag == nil else {
                throw StorageError(.alreadyExists, "There is an object of that key already.")
            }
        case .replace(let expected):
            guard let entityTag, entityTag == expected else {
                throw StorageError(.precondition, "The object is not the one that was to be replaced; read it again.")
            }
        }
    }
}

extension GetOptions {
    /// The bytes to read, when the conditions hold.
    func check(_ info: ObjectInfo) throws(StorageError) -> Range<Int64> {
        if let ifMatch, ifMatch != info.entityTag {
            throw StorageError(
                .precondition, "The object is not the one that was asked for any more; look it up again.")
        }
        if let ifNoneMatch, ifNoneMatch == info.entityTag {
            throw StorageError(.notModified, "The object is the one that the reader has already.")
        }
        guard let range else { return 0..<info.size }
        return try range.resolved(size: info.size)
    }
}

extension ObjectRange {
    /// The bytes that are meant in an object of a size.
    func resolved(size: Int64) throws(StorageError) -> Range<Int64> {
        let asked: Range<Int64> =
            switch self {
            case .bytes(let range): range.lowerBound..<min(range.upperBound, max(size, range.lowerBound))
            case .from(let start): start..<max(size, start)
            case .last(let count): max(0, size - max(0, count))..<max(0, size)
            }
        guard asked.lowerBound >= 0, !asked.isEmpty else {
            throw StorageError(.badRange, "The object has \(size) bytes, and none of those that were asked for.")
        }
        return asked
    }
}

/// Texts compared byte by byte, as keys are.
enum ByteOrder {
    static func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
    static func isEqual(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
}

extension ObjectStore {
    /// Refuses a deletion of more keys than one call takes.
    static func check(deletions keys: [ObjectKey]) throws(StorageError) {
        guard keys.count <= 1000 else {
            throw StorageError(.tooLarge, "One call deletes 1000 keys at most, not \(keys.count); make several calls.")
        }
    }
}
