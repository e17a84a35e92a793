// Listings of two tiers at once.

import BuskerCore

extension TieredStore {
    /// One page of the objects of both stores; fails when either cannot be listed, for half a listing is no absence.
    ///
    /// An object of both is listed as the near store knows it.
    public func list(_ request: ListRequest) async throws(StorageError) -> ObjectListing {
        var cursor = try TierCursor(request.after)
        var merged: [(text: String, object: ObjectInfo?)] = []
        repeat {
            let (nearPage, farPage) = (
                try await page(near, request, cursor.near), try await page(far, request, cursor.far)
            )
            merged = cursor.merge(nearPage, farPage, limit: request.limit)
        } while merged.isEmpty && !cursor.isDone
        return ObjectListing(
            objects: merged.compactMap(\.object), prefixes: merged.filter { $0.object == nil }.map(\.text),
            next: cursor.isDone ? nil : cursor.text)
    }

    private func page(
        _ store: any ObjectStore, _ request: ListRequest, _ place: TierCursor.Place
    ) async throws(StorageError) -> ObjectListing {
        guard !place.isDone else { return ObjectListing(objects: []) }
        var request = request
        request.after = place.token
        return try await store.list(request)
    }
}

/// How far the listings of the two stores have come: the page of each, and the last entry that was given out.
struct TierCursor {
    /// A page of one store.
    struct Place {
        var token: String?
        var isDone = false
    }

    var near = Place()
    var far = Place()
    private var last: String?

    var isDone: Bool { near.isDone && far.isDone }

    /// Reads a cursor.
    init(_ text: String?) throws(StorageError) {
        guard let text else { return }
        guard let json = try? JSONValue(parsing: Array(text.utf8)), let places = json.elements, places.count == 3 else {
            throw StorageError(.badRequest, "The cursor is not one that this store gave.")
        }
        near = Self.place(places[0])
        far = Self.place(places[1])
        last = places[2].text
    }

    /// The cursor as a text: for each store nothing at its beginning, `false` at its end, else its own cursor.
    var text: String { JSON.list([Self.json(near), Self.json(far), last.map { .text($0) } ?? .null]).description }

    /// Takes the entries of two pages that come next, and goes on to the next pages where these are used up.
    mutating func merge(
        _ nearPage: ObjectListing, _ farPage: ObjectListing, limit: Int
    ) -> [(text: String, object: ObjectInfo?)] {
        let left = entries(nearPage)
        let right = entries(farPage)
        let nearEnd = nearPage.next == nil ? nil : left.last?.text ?? last
        let farEnd = farPage.next == nil ? nil : right.last?.text ?? last
        var merged: [(text: String, object: ObjectInfo?)] = []
        var (a, b) = (left[...], right[...])
        while merged.count < limit {
            guard let next = Self.next(&a, &b) else { break }
            if let nearEnd, ByteOrder.precedes(nearEnd, next.text) { break }
            if let farEnd, ByteOrder.precedes(farEnd, next.text) { break }
            merged.append(next)
        }
        last = merged.last?.text ?? last
        advance(\.near, nearPage, left.last?.text)
        advance(\.far, farPage, right.last?.text)
        return merged
    }

    /// The entries of a page behind the last one that was given out, in order.
    private func entries(_ page: ObjectListing) -> [(text: String, object: ObjectInfo?)] {
        let all =
            page.objects.map { (text: $0.key.text, object: Optional($0)) }
            + page.prefixes.map { (text: $0, object: nil) }
        return all.filter { entry in last.map { ByteOrder.precedes($0, entry.text) } ?? true }
            .sorted { ByteOrder.precedes($0.text, $1.text) }
    }

    /// The lesser of the first entries; one that both have counts once.
    private static func next(
        _ a: inout ArraySlice<(text: String, object: ObjectInfo?)>,
        _ b: inout ArraySlice<(text: String, object: ObjectInfo?)>
    ) -> (text: String, object: ObjectInfo?)? {
        guard let first = a.first else { return b.popFirst() }
        guard let second = b.first else { return a.popFirst() }
        if ByteOrder.precedes(second.text, first.text) { return b.popFirst() }
        if ByteOrder.isEqual(first.text, second.text) { b.removeFirst() }
        return a.popFirst()
    }

    /// Goes on to the next page of a store when all of this one was given out.
    private mutating func advance(
        _ place: WritableKeyPath<TierCursor, Place>, _ page: ObjectListing, _ end: String?
    ) {
        guard !self[keyPath: place].isDone else { return }
        if let end {
            guard let last, !ByteOrder.precedes(last, end) else { return }
        }
        if let next = page.next { self[keyPath: place].token = next } else { self[keyPath: place].isDone = true }
    }

    private static func json(_ place: Place) -> JSON {
        place.isDone ? .flag(false) : place.token.map { .text($0) } ?? .null
    }

    private static func place(_ value: JSONValue) -> Place { Place(token: value.text, isDone: value.flag == false) }
}
