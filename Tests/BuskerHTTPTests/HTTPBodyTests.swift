// Bodies are bounded while they are read.

import BuskerHTTP
import Testing

@Suite struct HTTPBodyTests {
    @Test func aBodyLargerThanAllowedIsRefused() async {
        await #expect(throws: HTTPError(.bodyTooLarge, "")) {
            _ = try await HTTPBody.bytes([1, 2, 3]).collect(upTo: 2)
        }
    }
}
