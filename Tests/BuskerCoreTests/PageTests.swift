// Pages and what is asked for.

import BuskerCore
import Testing

@Suite struct PageTests {
    @Test(
        arguments: [
            (50, 200, 50), (0, 200, 1), (-1, 200, 1), (.min, 200, 1), (201, 200, 200), (.max, 200, 200), (5, 0, 1),
            (5, .min, 1), (.max, .max, .max),
        ] as [(Int, Int, Int)])
    func limitsAreHeldWithinTheRange(asked: Int, maximum: Int, limit: Int) {
        #expect(PageRequest(limit: asked, maximum: maximum).limit == limit)
    }

    @Test func aRequestKeepsItsCursor() throws {
        let cursor = try Cursor(list: "songs", after: Int64(7))
        #expect(PageRequest(after: cursor).after == cursor)
        #expect(PageRequest().after == nil)
    }

    @Test func aPageCanBeChangedElementByElement() throws {
        let cursor = try Cursor(list: "songs", after: Int64(2))
        let page = Page(items: [1, 2], next: cursor).map { "\($0)" }
        #expect(page == Page(items: ["1", "2"], next: cursor))
    }
}
