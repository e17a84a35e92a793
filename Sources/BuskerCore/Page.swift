// Long lists, a page at a time.

/// Some elements of a list, and where the list goes on.
public struct Page<Element: Sendable>: Sendable {
    /// The elements, in the order of the list.
    public let items: [Element]
    /// Where the next page begins; nothing when this is the last one.
    public let next: Cursor?

    /// Makes a page.
    public init(items: [Element], next: Cursor?) {
        self.items = items
        self.next = next
    }

    /// The same page with every element changed.
    public func map<Other: Sendable, Failure>(_ change: (Element) throws(Failure) -> Other) throws(Failure)
        -> Page<Other>
    {
        Page<Other>(items: try items.map(change), next: next)
    }
}

extension Page: Equatable where Element: Equatable {}

/// Which page of a list is wanted.
public struct PageRequest: Sendable, Hashable {
    /// The end of the page before; nothing asks for the first page.
    public let after: Cursor?
    /// The most elements on the page, at least one.
    public let limit: Int

    /// Makes a request; a limit outside 1...maximum is held at the nearer end.
    public init(after: Cursor? = nil, limit: Int = 50, maximum: Int = 200) {
        self.after = after
        self.limit = min(max(limit, 1), max(maximum, 1))
    }
}
