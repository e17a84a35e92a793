// Objects by id, and in the order they were made.

/// A collection of a provider's objects: found by id in one step, and listed newest first.
struct FakeShelf<Item: Sendable>: Sendable {
    private var places: [String: Int] = [:]
    private(set) var items: [Item] = []
    private var ids: [String] = []

    var count: Int { items.count }

    /// The object of an id; an object with a new id goes to the end.
    subscript(id: String) -> Item? {
        get { places[id].map { items[$0] } }
        set {
            guard let newValue else { return }
            if let place = places[id] {
                items[place] = newValue
            } else {
                places[id] = items.count
                items.append(newValue)
                ids.append(id)
            }
        }
    }

    /// Changes an object where it lies.
    mutating func change(_ id: String, _ body: (inout Item) -> Void) {
        guard let place = places[id] else { return }
        body(&items[place])
    }

    /// Newest objects first: those made before one of them, and whether more would follow; nothing for an unknown start.
    func page(before start: String?, limit: Int, where fits: (Item) -> Bool) -> (items: [Item], hasMore: Bool)? {
        var at = items.count
        if let start {
            guard let place = places[start] else { return nil }
            at = place
        }
        var found: [Item] = []
        while at > 0 {
            at -= 1
            guard fits(items[at]) else { continue }
            if found.count == limit { return (found, true) }
            found.append(items[at])
        }
        return (found, false)
    }
}
