// Forms as browsers, programs and attackers send them.

import BuskerHTTP
import Testing

@Suite struct MultipartReaderTests {
    struct Part: Equatable {
        var name: String
        var file: String?
        var type: String?
        var bytes: [UInt8] = []
        var isComplete = false

        init(_ name: String, file: String? = nil, type: String? = nil, _ text: String? = nil) {
            (self.name, self.file, self.type) = (name, file, type)
            if let text { (bytes, isComplete) = (Array(text.utf8), true) }
        }
    }

    static let type = "multipart/form-data; boundary=XX"

    /// Reads a form that comes in pieces of the given sizes.
    static func read(
        _ bytes: [UInt8], type: String = type, pieces: Int = 1 << 20, limits: MultipartLimits = MultipartLimits()
    ) async throws -> [Part] {
        var cuts: [[UInt8]] = []
        var at = 0
        while at < bytes.count {
            cuts.append(Array(bytes[at..<min(bytes.count, at + pieces)]))
            at += pieces
        }
        return try await read(cuts, type: type, limits: limits)
    }

    static func read(_ pieces: [[UInt8]], type: String = type, limits: MultipartLimits = MultipartLimits())
        async throws -> [Part]
    {
        let stream = AsyncThrowingStream<[UInt8], any Error> { continuation in
            for piece in pieces { continuation.yield(piece) }
            continuation.finish()
        }
        var parts: [Part] = []
        try await MultipartReader(contentType: type, limits: limits).read(.pieces(stream, length: nil)) { event in
            switch event {
            case .part(let part):
                parts.append(Part(part.name, file: part.fileName, type: part.contentType))
            case .bytes(let bytes): parts[parts.count - 1].bytes += bytes
            case .partEnd: parts[parts.count - 1].isComplete = true
            }
        }
        return parts
    }

    static func form(_ lines: String...) -> [UInt8] { Array(lines.joined(separator: "\r\n").utf8) }

    static let usual = form(
        "--XX", "Content-Disposition: form-data; name=\"options\"", "", "{\"stems\":\"4\"}",
        "--XX", "Content-Disposition: form-data; name=\"file\"; filename=\"노래 \\\"1\\\".flac\"",
        "Content-Type: audio/flac", "",
        "fLaC\r\n--X\r\n--XY\r\n-- not\r", "--XX", "Content-Disposition: form-data; name=\"empty\"", "", "", "--XX--",
        "")

    static let expected = [
        Part("options", "{\"stems\":\"4\"}"),
        Part("file", file: "노래 \"1\".flac", type: "audio/flac", "fLaC\r\n--X\r\n--XY\r\n-- not\r"),
        Part("empty", ""),
    ]

    @Test(arguments: [1, 2, 3, 5, 7, 64, 100_000])
    func aFormIsReadInPiecesOfAnySize(_ size: Int) async throws {
        #expect(try await Self.read(Self.usual, pieces: size) == Self.expected)
    }

    @Test func aFormIsReadWhereverItIsCut() async throws {
        for cut in 0...Self.usual.count {
            let parts = try await Self.read([Array(Self.usual[..<cut]), Array(Self.usual[cut...])])
            #expect(parts == Self.expected, "cut at \(cut)")
        }
    }

    @Test func aFormThatEndsEarlyIsCutWhereverItEnds() async throws {
        let whole = Self.usual.count - 2
        for count in 0..<whole {
            await #expect(throws: MultipartError(.cut, ""), "ends at \(count)") {
                try await Self.read(Array(Self.usual[..<count]))
            }
        }
    }

    @Test func whatStandsAroundThePartsIsDropped() async throws {
        let form = Array("preamble\r\n".utf8) + Self.usual + Array("epilogue\r\n--XX\r\n".utf8)
        #expect(try await Self.read(form, pieces: 3) == Self.expected)
    }

    @Test func tooMuchAroundThePartsIsRefused() async {
        let noise = [UInt8](repeating: 65, count: 5_000)
        for form in [noise + Self.usual, Self.usual + noise] {
            await #expect(throws: MultipartError(.malformed, "")) { try await Self.read(form, pieces: 100) }
        }
    }

    @Test(arguments: [
        "multipart/form-data; boundary=\"a b'()+_,-./:=?\"",
        "Multipart/Form-Data; charset=utf-8; Boundary=\"a b'()+_,-./:=?\"",
    ])
    func aBoundaryMayBeQuotedAndStrange(_ type: String) async throws {
        let form = Self.form(
            "--a b'()+_,-./:=? \t", "content-disposition:form-data;name=x", "", "1", "--a b'()+_,-./:=?--")
        #expect(try await Self.read(form, type: type, pieces: 1) == [Part("x", "1")])
    }

    @Test(arguments: [
        nil, "", "multipart/form-data", "multipart/mixed; boundary=a", "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"a \"", "multipart/form-data; boundary=a\r\nb",
        "multipart/form-data; boundary=é",
        "multipart/form-data; boundary=" + String(repeating: "a", count: 71),
    ])
    func aTypeWithoutAGoodBoundaryIsRefused(_ type: String?) {
        #expect(throws: MultipartError(.badType, "")) { try MultipartReader(contentType: type) }
    }

    @Test(arguments: [
        ("name=f; filename=a.wav", "a.wav"), ("name=f; filename=\"C:\\music\\a.wav\"", "C:\\music\\a.wav"),
        ("name=f; filename=\"100%22%0d%0A%zz%.wav\"", "100\"\r\n%zz%.wav"),
        ("name=f; filename=\"a;b=c.wav\"", "a;b=c.wav"),
        ("name=f; filename=\"x\"; filename*=UTF-8''%EB%85%B8%EB%9E%98.wav", "노래.wav"),
        ("name=f; filename*=utf-8'ko'%EB%85%B8%EB%9E%98.wav; filename=\"x\"", "노래.wav"),
        ("name=f; filename*=iso-8859-1'de'%FCber.wav", "über.wav"), ("name=f; filename=\"\"", ""),
    ])
    func fileNamesAreReadAsTheyAreWritten(_ header: String, _ name: String) async throws {
        let form = Self.form("--XX", "Content-Disposition: form-data; \(header)", "", "1", "--XX--", "")
        #expect(try await Self.read(form, pieces: 1) == [Part("f", file: name, "1")])
    }

    @Test(arguments: [
        "X: 1", "Content-Disposition: form-data", "Content-Disposition: attachment; name=f",
        "Content-Disposition: form-data; name=\"f", "Content-Disposition: form-data; name=f; name=g",
        "Content-Disposition: form-data; name=f\r\nContent-Disposition: form-data; name=g", "no colon",
        "Content-Disposition: form-data; name=f\r\n folded: x\nf",
        "Content-Disposition: form-data; name=f; filename*=UTF-8''%F",
        "Content-Disposition: form-data; name=f; filename*=UTF-8''%FF",
        "Content-Disposition: form-data; name=f; filename*=x",
        "Content-Disposition: form-data; name=f; x y=z", "Content-Disposition: form-data; name=f\u{0}",
    ])
    func headersThatCannotBeReadAreRefused(_ headers: String) async {
        let form = Self.form("--XX", headers, "", "1", "--XX--", "")
        await #expect(throws: MultipartError(.malformed, "")) { try await Self.read(form, pieces: 4) }
    }

    @Test func headersThatAreNoTextAreRefused() async {
        let form =
            Array("--XX\r\nContent-Disposition: form-data; name=\"".utf8) + [0xFF] + Array("\"\r\n\r\n1\r\n--XX--".utf8)
        await #expect(throws: MultipartError(.malformed, "")) { try await Self.read(form) }
    }

    @Test func limitsAreKeptWhileTheFormArrives() async throws {
        let limits = MultipartLimits(partsMax: 2, headerBytesMax: 60, fieldBytesMax: 10)
        let part = "--XX\r\nContent-Disposition: form-data; name=f\r\n\r\n"
        let many = Array(String(repeating: part + "1\r\n", count: 3).utf8)
        let long = Array((part + String(repeating: "1", count: 11)).utf8)
        let wide = Array("--XX\r\nContent-Disposition: form-data; name=\(String(repeating: "f", count: 30))".utf8)
        for form in [many, long, wide] {
            await #expect(throws: MultipartError(.tooLarge, "")) {
                try await Self.read(form, pieces: 1, limits: limits)
            }
        }
        let file = Array((part.replacing("name=f", with: "name=f;filename=x") + String(repeating: "1", count: 11)).utf8)
        await #expect(throws: MultipartError(.cut, "")) { try await Self.read(file, limits: limits) }
    }

    @Test func aLargeFilePassesWithLittleHeldBack() async throws {
        let piece = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 / 7 + $0 % 13) }
        let head = Array("--XX\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n".utf8)
        let stream = AsyncThrowingStream<[UInt8], any Error> { continuation in
            continuation.yield(head)
            for _ in 0..<64 { continuation.yield(piece) }
            continuation.yield(Array("\r\n--XX--".utf8))
            continuation.finish()
        }
        var count = 0
        var longest = 0
        try await MultipartReader(contentType: Self.type).read(.pieces(stream, length: nil)) { event in
            guard case .bytes(let bytes) = event else { return }
            count += bytes.count
            longest = max(longest, bytes.count)
        }
        #expect(count == 64 * piece.count)
        #expect(longest <= piece.count + 100)
    }
}
