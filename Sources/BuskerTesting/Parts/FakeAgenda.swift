// What will happen later, in the order of time.

import BuskerCore

/// Things to do at moments to come; of equal moments, what was added first comes first.
struct FakeAgenda<Item: Sendable>: Sendable {
    private struct Entry: Sendable {
        let due: Timestamp
        let number: Int
        let item: Item

        func precedes(_ other: Entry) -> Bool {
            due == other.due ? number < other.number : due < other.due
        }
    }

    private var heap: [Entry] = []
    private var added = 0

    /// The moment of the next thing to do.
    var nextDue: Timestamp? { heap.first?.due }

    /// Adds something to do.
    mutating func add(_ item: Item, at due: Timestamp) {
        heap.append(Entry(due: due, number: added, item: item))
        added += 1
        var at = heap.count - 1
        while at > 0, heap[at].precedes(heap[(at - 1) / 2]) {
            heap.swapAt(at, (at - 1) / 2)
            at = (at - 1) / 2
        }
    }

    /// Takes out what is due next, if it is due by now.
    mutating func next(by now: Timestamp) -> (due: Timestamp, item: Item)? {
        guard let first = heap.first, first.due <= now, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return (first.due, first.item) }
        heap[0] = last
        var at = 0
        while true {
            var least = at
            for child in [2 * at + 1, 2 * at + 2] where child < heap.count && heap[child].precedes(heap[least]) {
                least = child
            }
            guard least != at else { break }
            heap.swapAt(at, least)
            at = least
        }
        return (first.due, first.item)
    }
}
