// Ranges, tags and names of what is delivered.

import Foundation
import HTTPTypes
import Testing

@Suite struct DeliveryTests {
    @Test func rangesAndTagsAreKept() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let job = try await person.job(41)
        for path in ["/job/\(job)/preview/mixture", "/download/\(job)/drums", "/download/\(job)"] {
            let whole = try await person.get(path)
            #expect(whole.status == 200 && whole.headers[.acceptRanges] == "bytes")
            let (bytes, size) = (whole.bytes, whole.bytes.count)
            let tag = try #require(whole.headers[.eTag])
            let ranges: [(String, Range<Int>)] = [
                ("bytes=0-0", 0..<1), ("bytes=10-99", 10..<100), ("bytes=-50", (size - 50)..<size),
                ("bytes=\(size - 3)-", (size - 3)..<size), ("bytes=5-999999999", 5..<size),
            ]
            for (text, range) in ranges {
                let part = try await person.get(path, ["Range": text])
                #expect(part.status == 206, "\(path) \(text)")
                #expect(part.bytes == Array(bytes[range]), "\(path) \(text)")
                #expect(part.headers[.contentRange] == "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")
            }
            for text in ["bytes=\(size)-", "bytes=-0"] {
                let beyond = try await person.get(path, ["Range": text])
                #expect(beyond.status == 416, "\(text)")
                #expect(beyond.headers[.contentRange] == "bytes */\(size)")
            }
            for text in ["bytes=5-1", "lines=1-2", "bytes=a-b", "bytes=0-1,4-5", "bytes=99999999999999999999-"] {
                #expect(try await person.get(path, ["Range": text]).bytes == bytes, "\(text)")
            }
            #expect(try await person.get(path, ["If-None-Match": "\"x\", W/\(tag)"]).status == 304)
            #expect(try await person.get(path, ["If-None-Match": "\"x\""]).status == 200)
            #expect(try await person.get(path, ["Range": "bytes=0-3", "If-Range": tag]).status == 206)
            #expect(try await person.get(path, ["Range": "bytes=0-3", "If-Range": "\"x\""]).status == 200)
            let head = try await person.send(.head, path)
            #expect(head.status == 200 && head.bytes.isEmpty && head.headers[.contentLength] == "\(size)")
        }
        #expect(try await person.get("/download/\(job)/nothing").status == 404)
        #expect(try await person.get("/job/\(job)/waveform/vocals?points=0").status == 400)
        #expect(try await person.get("/job/\(job)/waveform/vocals?format=png").status == 400)
    }

    @Test func nothingIsHandedOutBeforeTheEnd() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let job = try await person.upload(Sound.wav(seed: 43)).text("job_id")
        let early = try await person.get("/download/\(job)")
        #expect(early.status == 409 || early.status == 200)
        _ = try await person.settled(job)
    }
}
