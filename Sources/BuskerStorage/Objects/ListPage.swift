// A page of a listing in the making, from keys that come in order.

/// Chooses the entries of a page: the objects, and the prefixes that others are rolled up to.
struct ListPage {
    private let request: ListRequest
    private var objects: [ObjectInfo] = []
    private var prefixes: [String] = []
    private var last: String?
    private var next: String?

    init(_ request: ListRequest) { self.request = request }

    /// The text at or behind which the first entry lies.
    static func start(of request: ListRequest) -> String {
        guard let after = request.after, ByteOrder.precedes(request.prefix, after) else { return request.prefix }
        return after
    }

    /// What a key appears as; nothing when it is not of this page's listing.
    func entry(of key: ObjectKey) -> (text: String, isPrefix: Bool)? {
        guard key.text.utf8.starts(with: request.prefix.utf8) else { return nil }
        var entry = (text: key.text, isPrefix: false)
        if request.rollsUp {
            let rest = key.text.utf8.dropFirst(request.prefix.utf8.count)
            if let slash = rest.firstIndex(of: UInt8(ascii: "/")) {
                entry = (String(decoding: key.text.utf8[...slash], as: UTF8.self), true)
            }
        }
        if let after = request.after, !ByteOrder.precedes(after, entry.text) { return nil }
        return entry
    }

    /// Takes the next key; false when the page is full and there is more.
    mutating func add(_ key: ObjectKey, _ info: () throws(StorageError) -> ObjectInfo?) throws(StorageError) -> Bool {
        guard let entry = entry(of: key) else { return true }
        if entry.isPrefix, let last, ByteOrder.isEqual(last, entry.text) { return true }
        guard objects.count + prefixes.count < request.limit else {
            next = last
            return false
        }
        if entry.isPrefix {
            prefixes.append(entry.text)
        } else {
            guard let info = try info() else { return true }
            objects.append(info)
        }
        last = entry.text
        return true
    }

    /// The page.
    var listing: ObjectListing { ObjectListing(objects: objects, prefixes: prefixes, next: next) }
}
