// Measures how fast addresses are signed and files go into stores and out, and prints JSON lines.

import BuskerCore
import BuskerHTTP
import BuskerHTTPClient
import BuskerStorage
import Glibc

/// The command: `busker-storage-measure presign|local|s3 …`.
@main
struct StorageMeasure {
    static let usage = """
        usage: busker-storage-measure presign [seconds=2]
               busker-storage-measure local FOLDER FILE [count=100] [syncs=1]
               busker-storage-measure s3 URL,BUCKET,KEY,SECRET FILE [count=20]
          presign   addresses to read an object, each of another key, one after the other
          local     FILE is put into a store in FOLDER, which must be empty, count times, then read again
          s3        the same with a bucket

        """

    static func main() async {
        var words = Array(CommandLine.arguments.dropFirst())
        guard !words.isEmpty else { fail(usage) }
        let what = words.removeFirst()
        var places: [String] = []
        var settings: [String: Int] = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            if places.count < 2, what != "presign" {
                places.append(word)
            } else if parts.count == 2, let value = Int(parts[1]), value >= 0 {
                settings[parts[0]] = value
            } else {
                fail(usage)
            }
        }
        do {
            switch what {
            case "presign": try presign(seconds: Double(settings["seconds"] ?? 2))
            case "local" where places.count == 2:
                var local = LocalSettings()
                local.syncs = settings["syncs"] != 0
                let store = try LocalStore(root: places[0], id: "main", settings: local)
                try await store.create()
                try await pass("local", store, places[1], settings["count"] ?? 100)
            case "s3" where places.count == 2:
                try await pass("s3", try bucket(places[0]), places[1], settings["count"] ?? 20)
            default: fail(usage)
            }
        } catch {
            fail("\(error)\n")
        }
    }

    private static func bucket(_ line: String) throws -> S3Store {
        let parts = line.split(separator: ",").map(String.init)
        guard parts.count == 4 else { fail(usage) }
        let signer = try SigV4Signer(
            credentials: SigV4Credentials(accessKeyID: parts[2], secretAccessKey: parts[3]), region: "us-east-1")
        return try S3Store(
            S3Endpoint(parts[0]), bucket: parts[1], signer: signer, transport: HTTPClientTransport())
    }

    /// Addresses per second, of keys that differ.
    private static func presign(seconds: Double) throws {
        let store = try bucket("https://s3.example.com,songs,AKIDEXAMPLE,wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        let keys = try (0..<1024).map { try ObjectKey("songs/2027/\($0)/mixture of \($0).wav") }
        let options = PresignOptions()
        var count = 0
        var bytes = 0
        let begin = Clocks.wall
        let work = Clocks.cpu
        repeat {
            for key in keys { bytes += try store.presign(.get, key, options).url.utf8.count }
            count += keys.count
        } while Clocks.wall - begin < seconds
        let (wall, cpu) = (Clocks.wall - begin, Clocks.cpu - work)
        say("presign", "busker", ["per_second": Double(count) / wall, "seconds": wall, "cpu_seconds": cpu])
        guard bytes > 0 else { fail("nothing was signed\n") }
    }

    /// Puts a file so many times and reads it again.
    private static func pass(_ name: String, _ store: any ObjectStore, _ path: String, _ count: Int) async throws {
        let keys = try (0..<count).map { try ObjectKey("bench/\($0).wav") }
        var total: Int64 = 0
        var begin = Clocks.wall
        var work = Clocks.cpu
        for key in keys {
            let file = try FileBytes(path)
            total += try await store.put(key, .pieces(file, length: file.size), PutOptions(length: file.size)).size
        }
        say("\(name)_put", total, wall: Clocks.wall - begin, cpu: Clocks.cpu - work)
        (begin, work) = (Clocks.wall, Clocks.cpu)
        var read = 0
        for key in keys {
            for try await piece in try await store.get(key, GetOptions()).body.pieces { read += piece.count }
        }
        guard Int64(read) == total else { fail("\(read) bytes were read instead of \(total)\n") }
        say("\(name)_get", total, wall: Clocks.wall - begin, cpu: Clocks.cpu - work)
        _ = try await store.delete(keys)
    }

    private static func say(_ what: String, _ bytes: Int64, wall: Double, cpu: Double) {
        say(what, "busker", ["seconds": wall, "cpu_seconds": cpu, "mb_per_second": Double(bytes) / wall / 1e6])
    }

    private static func say(_ what: String, _ who: String, _ numbers: [String: Double]) {
        let rest = numbers.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
        print("{\"what\": \"\(what)\", \"who\": \"\(who)\", \(rest)}")
    }

    static func fail(_ text: String) -> Never {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
        exit(64)
    }
}

/// The bytes of a file, piece by piece.
struct FileBytes: AsyncSequence, Sendable {
    /// What opening a file came to.
    struct CannotRead: Error { let path: String }

    let path: String
    let size: Int64

    init(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { throw CannotRead(path: path) }
        self.path = path
        size = Int64(status.st_size)
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        let descriptor: Int32

        mutating func next() async throws -> [UInt8]? {
            let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 18) { buffer, count in
                count = Swift.max(0, read(descriptor, buffer.baseAddress, buffer.count))
            }
            if bytes.isEmpty { close(descriptor) }
            return bytes.isEmpty ? nil : bytes
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(descriptor: open(path, O_RDONLY)) }
}

/// Seconds on the two clocks that matter.
enum Clocks {
    static var wall: Double { read(CLOCK_MONOTONIC) }
    static var cpu: Double { read(CLOCK_PROCESS_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
}
