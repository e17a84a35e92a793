// Uploads past this host are what was signed, whatever was put there.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerStorage
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@Suite struct DirectUploadTests {
    private struct NoNetwork: HTTPTransport {
        func send(_ call: HTTPCall) async throws(HTTPError) -> HTTPAnswer {
            throw HTTPError(.cancelled, "Addresses are signed without a network.")
        }
    }

    /// A bench whose store signs addresses like S3.
    private static func open(
        _ kind: DatabaseKind = .sqliteMemory, _ body: (UploadBench) async throws -> Void
    ) async throws {
        try await UploadBench.open(kind) { bench in
            let signer = try SigV4Signer(
                credentials: SigV4Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret"),
                region: "eu-central-1")
            let store = try S3Store(
                try S3Endpoint("https://s3.eu-central-1.amazonaws.com"), bucket: "songs", signer: signer,
                transport: NoNetwork(), wall: bench.wall)
            bench.store.addresses.withLock {
                $0 = { verb, key, options throws(StorageError) in try store.presign(verb, key, options) }
            }
            try await body(bench)
        }
    }

    private static func request(_ content: [UInt8], owner: String = "ann") -> UploadRequest {
        var request = UploadBench.request(owner: owner, size: Int64(content.count))
        request.sha256 = ContentHash(of: content)
        return request
    }

    private static func put(_ content: [UInt8], for ticket: FileID, _ bench: UploadBench) async throws {
        try await bench.memory.put(try ObjectKey("incoming/\(ticket)"), .bytes(content), PutOptions())
    }

    @Test(arguments: DatabaseKind.all)
    func aTicketBindsEverythingAndIsPromoted(kind: DatabaseKind) async throws {
        try await Self.open(kind) { bench in
            let content = Sample.wav(200_000)
            let ticket = try await bench.desk.ticket(Self.request(content))
            #expect(ticket.address.method == .put && ticket.address.url.contains("/incoming/\(ticket.file)?"))
            #expect(ticket.address.headers[.contentLength] == "200000")
            #expect(ticket.address.headers[.contentType] == "audio/wav" && ticket.address.headers[.ifNoneMatch] == "*")
            #expect(
                ticket.address.url.contains(
                    "X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match%3Bx-amz-checksum-sha256"))
            #expect(ticket.address.url.contains("X-Amz-Expires=900"))
            await #expect(throws: StorageError(.badState, "")) {
                try await bench.desk.promote(ticket.file, owner: "ann")
            }
            try await Self.put(content, for: ticket.file, bench)
            await #expect(throws: StorageError(.notFound, "")) {
                try await bench.desk.promote(ticket.file, owner: "bob")
            }
            let file = try await bench.desk.promote(ticket.file, owner: "ann")
            #expect(file.state == .accepted && file.sha256 == ContentHash(of: content) && file.size == 200_000)
            #expect(try await bench.desk.promote(ticket.file, owner: "ann") == file)
        }
    }

    @Test func whatIsNotWhatWasSignedIsGivenUp() async throws {
        try await Self.open { bench in
            let content = Sample.wav(1000)
            for (wrong, code) in [
                (Sample.wav(999), StorageError.Code.badLength), (Sample.wav(1000, seed: 5), .badDigest),
                (Sample.png + [UInt8](repeating: 0, count: 1000 - Sample.png.count), .badType),
            ] {
                let ticket = try await bench.desk.ticket(Self.request(content))
                try await Self.put(wrong, for: ticket.file, bench)
                await #expect(throws: StorageError(code, "")) {
                    try await bench.desk.promote(ticket.file, owner: "ann")
                }
                await #expect(throws: StorageError(.notFound, "")) {
                    try await bench.desk.promote(ticket.file, owner: "ann")
                }
            }
            #expect(try await bench.keys.isEmpty)
            #expect(try await bench.files.allSatisfy { $0.state == .gone })
        }
    }

    @Test func aTicketNeedsLengthHashAndAStoreWithAddresses() async throws {
        try await Self.open { bench in
            let wrong = StorageError(.badRequest, "")
            var request = Self.request(Sample.wav)
            request.sha256 = nil
            await #expect(throws: wrong) { try await bench.desk.ticket(request) }
            request = Self.request(Sample.wav)
            request.size = nil
            await #expect(throws: wrong) { try await bench.desk.ticket(request) }
            request.size = 60_000_000
            await #expect(throws: StorageError(.tooLarge, "")) {
                try await bench.desk.ticket(request)
            }
            bench.store.addresses.withLock { $0 = nil }
            await #expect(throws: StorageError(.unsupported, "")) {
                try await bench.desk.ticket(Self.request(Sample.wav))
            }
            let files = try await bench.files
            #expect(files.allSatisfy { $0.state == .gone })
        }
    }

    @Test func whatIsNeverPromotedIsSwept() async throws {
        try await Self.open { bench in
            let ticket = try await bench.desk.ticket(Self.request(Sample.wav))
            try await Self.put(Sample.wav, for: ticket.file, bench)
            bench.wall.advance(microseconds: 4_400 * 1_000_000)
            #expect(try await bench.desk.sweep().given == 0)
            bench.wall.advance(microseconds: 101 * 1_000_000)
            #expect(try await bench.desk.sweep().given == 1)
            #expect(try await bench.keys.isEmpty)
            #expect(try await bench.files.map(\.state) == [.gone])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func partsAreBoundToTheirUpload(kind: DatabaseKind) async throws {
        try await Self.open(kind) { bench in
            let content = Sample.wav(20_000_000)
            let ticket = try await bench.desk.partsTicket(Self.request(content))
            #expect(ticket.parts == 3 && ticket.partSize == 8 << 20)
            for number in [0, -1, 4, 10_001, .max] {
                await #expect(throws: StorageError(.badRequest, "")) {
                    try await bench.desk.partAddress(ticket.file, number: number, owner: "ann")
                }
            }
            await #expect(throws: StorageError(.notFound, "")) {
                try await bench.desk.partAddress(ticket.file, number: 1, owner: "bob")
            }
            let last = try await bench.desk.partAddress(ticket.file, number: 3, owner: "ann")
            #expect(last.headers[.contentLength] == "\(20_000_000 - 2 * (8 << 20))")
            #expect(last.url.contains("/incoming/\(ticket.file)?") && last.url.contains("partNumber=3"))
            let key = try ObjectKey("incoming/\(ticket.file)")
            let name = try #require(try await bench.memory.listMultiparts(prefix: "", after: nil, limit: 9).items.first)
            let upload = try bench.memory.resumeMultipart(key, upload: name.upload, PutOptions(mode: .create))
            for number in 1...3 {
                await #expect(throws: StorageError(.badState, "")) {
                    try await bench.desk.promote(ticket.file, owner: "ann")
                }
                let start = (number - 1) * (8 << 20)
                _ = try await upload.put(part: number, Array(content[start..<min(content.count, start + 8 << 20)]))
            }
            let file = try await bench.desk.promote(ticket.file, owner: "ann")
            #expect(file.state == .accepted && file.sha256 == ContentHash(of: content))
            bench.wall.advance(microseconds: 901 * 1_000_000)
            await #expect(throws: StorageError(.badState, "")) {
                try await bench.desk.partAddress(ticket.file, number: 1, owner: "ann")
            }
        }
    }

    @Test func partsThatAreGivenUpAreAborted() async throws {
        try await Self.open { bench in
            let ticket = try await bench.desk.partsTicket(Self.request(Sample.wav(9_000_000)))
            try await bench.desk.abort(ticket.file, owner: "ann")
            #expect(try await bench.memory.listMultiparts(prefix: "", after: nil, limit: 9).items.isEmpty)
            #expect(try await bench.files.map(\.state) == [.gone])
        }
    }
}
