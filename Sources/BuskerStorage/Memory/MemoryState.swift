// What a store in memory holds.

import BuskerCore

/// An object in memory.
struct MemoryObject: Sendable {
    let info: ObjectInfo
    let bytes: [UInt8]
}

/// An upload in parts in memory.
struct MemoryParts: Sendable {
    let key: ObjectKey
    let began: Timestamp
    let contentType: String?
    let attributes: [String: String]
    var parts: [Int: UploadPart] = [:]
    var bytes: [Int: [UInt8]] = [:]
}

/// Everything that a store in memory holds.
struct MemoryState: Sendable {
    private(set) var objects: [ObjectKey: MemoryObject] = [:]
    /// The keys of the objects in their order.
    private(set) var keys: [ObjectKey] = []
    var uploads: [String: MemoryParts] = [:]
    private var count = 0

    /// A number that no change had before.
    mutating func nextNumber() -> Int {
        count += 1
        return count
    }

    /// A tag that no change had before.
    mutating func nextTag() -> String { "\"m\(nextNumber())\"" }

    mutating func insert(_ object: MemoryObject) {
        let key = object.info.key
        if objects.updateValue(object, forKey: key) == nil { keys.insert(key, at: place(of: key.text)) }
    }

    mutating func remove(_ key: ObjectKey) {
        if objects.removeValue(forKey: key) != nil { keys.remove(at: place(of: key.text)) }
    }

    /// Where the first key lies that does not come before a text.
    func place(of text: String) -> Int {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if ByteOrder.precedes(keys[middle].text, text) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
