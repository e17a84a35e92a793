// An element of XML, and the elements in it.

/// A name without its prefix, the text, and the elements inside, in order; attributes are dropped.
struct XMLElement: Sendable, Equatable {
    let name: String
    /// The text outside of the elements inside.
    var text: String
    var children: [XMLElement] = []

    /// The first element of a name.
    subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// The elements of a name.
    func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// The text of the first element of a name; nothing when there is none.
    func text(_ name: String) -> String? { self[name]?.text }

    /// The whole number in the first element of a name.
    func integer(_ name: String) -> Int64? { text(name).flatMap { Int64($0) } }

    /// Whether the first element of a name says `true`.
    func flag(_ name: String) -> Bool { text(name) == "true" }

    /// The text of an element that must be there.
    func required(_ name: String) throws(StorageError) -> String {
        guard let text = text(name), !text.isEmpty else {
            throw StorageError(
                .badAnswer, "The answer of the store has no \(name); is there something between it and us?")
        }
        return text
    }
}
