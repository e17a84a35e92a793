// Lists of placeholders, written once.

import BuskerDatabase

/// Texts of placeholder lists: `($1, $2, …)`, by how many there are.
enum SQLList {
    /// How many places a list of `count` values gets: the next power of two.
    static func room(_ count: Int) -> Int {
        var room = 1
        while room < count { room *= 2 }
        return room
    }

    /// `($first, …)` with `room` placeholders.
    static func text(_ room: Int, from first: Int = 1) -> String {
        var text = "("
        text.reserveCapacity(room * 6)
        for at in 0..<room {
            if at > 0 { text += ", " }
            text += "$"
            text += String(first + at)
        }
        return text + ")"
    }

    /// A statement that ends in a list, which is filled up with its last value.
    static func statement(_ head: String, leading: [SQLValue] = [], _ list: [SQLValue], tail: String = "") -> SQL {
        var values = leading
        values.reserveCapacity(leading.count + list.count * 2)
        values += list
        let room = room(list.count)
        if let last = list.last { for _ in list.count..<room { values.append(last) } }
        return SQL(text: head + text(room, from: leading.count + 1) + tail, values: values)
    }
}
