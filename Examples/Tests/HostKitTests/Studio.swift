// A host as a process, with a folder, a port and a payment provider of its own.

import BuskerCore
import BuskerHTTP
import BuskerHTTPClient
import BuskerPayments
import BuskerTesting
import Foundation
import HTTPTypes
import Synchronization
import Testing

/// The processes that were started; they end with the tests.
private let started = Mutex<[(id: Int32, folder: String)]>([])

private func endAll() {
    for (id, folder) in started.withLock({ $0 }) {
        kill(id, SIGKILL)
        try? FileManager.default.removeItem(atPath: folder)
    }
}

/// A running host, StemStudio where nothing else is said.
final class Studio: Sendable {
    static let admin = (email: "admin@studio.example", password: "correct horse battery")

    let folder: URL
    let port: Int
    let stripe: FakeProvider
    let transport: HTTPClientTransport
    private let process: Process

    /// The studio that most tests share: it counts no requests and takes small files.
    static let shared = Task { try await Studio(["UPLOAD_BYTES_MAX": "2000000", "WORKERS": "2", "FREE_CREDITS": "3"]) }

    /// Starts a host.
    init(_ settings: [String: String] = [:], program: String = "StemStudio") async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "hostkit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        stripe = try await FakeProvider.start(.stripe, seed: 7, clock: SystemClock())
        transport = try HTTPClientTransport()
        let environment = [
            "SECRET_KEY": "Zq8vWn3kLr6tYp1xBs9dGh4jMc7fQe2uAo5i-Kw0_Xz", "PORT": "0",
            "DATA_FOLDER": folder.path + "/data", "PASSWORD_COST": "4", "RATE_PER_MINUTE": "0",
            "ADMIN_EMAIL": Self.admin.email, "ADMIN_PASSWORD": Self.admin.password,
            "STRIPE_SECRET_KEY": stripe.secretKey, "STRIPE_WEBHOOK_SECRET": stripe.webhookSecret,
            "STRIPE_API_BASE": stripe.baseURL, "LOG_LEVEL": "info", "PATH": "/usr/bin:/bin",
        ].merging(settings) { _, new in new }
        let run = try Self.start(environment, in: folder, program: program)
        process = run.process
        port = try await Self.port(of: run.process, folder)
    }

    /// Starts the program; what it writes goes into files of the folder.
    static func start(
        _ environment: [String: String], in folder: URL, program: String = "StemStudio"
    ) throws -> (process: Process, errors: URL) {
        let process = Process()
        let tool: URL = try #require(Self.program(program), "\(program) was not found beside the tests")
        process.executableURL = tool
        process.environment = environment
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        let files = ["out", "err"].map { folder.appending(path: $0) }
        for file in files { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.run()
        let id = process.processIdentifier
        started.withLock { all in
            if all.isEmpty { atexit(endAll) }
            all.append((id, folder.path))
        }
        return (process, files[1])
    }

    private static func port(of process: Process, _ folder: URL) async throws -> Int {
        for _ in 0..<600 {
            let text = try String(contentsOf: folder.appending(path: "out"), encoding: .utf8)
            if text.hasSuffix("\n"), let port = text.split(separator: ":").last.flatMap({ Int($0.dropLast()) }) {
                return port
            }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        let errors = try String(contentsOf: folder.appending(path: "err"), encoding: .utf8)
        throw StudioFailure("The host did not listen: \(errors)")
    }

    /// Hosts stand beside the test bundle in the folder of built products.
    static func program(_ name: String) -> URL? {
        for place in CommandLine.arguments.map({ URL(filePath: $0) }) + [Bundle.main.bundleURL] {
            var folder = place
            for _ in 0..<4 {
                let tool = folder.appending(path: name)
                var isFolder: ObjCBool = false
                let isThere = FileManager.default.fileExists(atPath: tool.path, isDirectory: &isFolder)
                if isThere, !isFolder.boolValue, FileManager.default.isExecutableFile(atPath: tool.path) { return tool }
                folder.deleteLastPathComponent()
            }
        }
        return nil
    }

    /// Brings what the provider says to the door, and again.
    func bring(times: Int = 2) async throws {
        for delivery in stripe.deliveries() {
            for _ in 0..<times {
                let headers = Dictionary(
                    delivery.headers.map { ($0.name.rawName, $0.value) }, uniquingKeysWith: { first, _ in first })
                let answer = try await Client(studio: self).send(
                    .post, "/payments/webhooks/stripe", headers, body: .bytes(delivery.body))
                #expect(answer.status == 200, "\(answer.body)")
            }
        }
    }

    /// Says with a signal that it is to stop, and waits until it has.
    func stop() async throws -> Int32 {
        kill(process.processIdentifier, SIGTERM)
        while process.isRunning { try await Task.sleep(for: .milliseconds(20)) }
        await stripe.stop()
        await transport.close()
        try FileManager.default.removeItem(at: folder)
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    /// The processes that work on sounds for it.
    func children() throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { id in
            guard let stat = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
                let words = try? String(contentsOfFile: "/proc/\(id)/cmdline", encoding: .utf8)
            else { return false }
            let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
            let parent = fields.count > 1 ? Int32(fields[1]) : nil
            return parent == process.processIdentifier && words.contains("busker-work-sound")
        }
    }

    /// What it wrote into its log.
    var log: String { (try? String(contentsOf: folder.appending(path: "err"), encoding: .utf8)) ?? "" }

    /// The files below a folder of its data.
    func files(_ name: String) -> [String] {
        let root = folder.path + "/data/" + name
        let all = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        return all.filter { path in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isFolder)
                && !isFolder.boolValue
        }
    }

    /// Somebody new.
    func person() async throws -> Client {
        let client = Client(studio: self)
        return try await client.registered("p\(UUID().uuidString.lowercased().prefix(12))@people.example")
    }

    /// The administrator.
    func administrator() async throws -> Client {
        let body = ["email": Self.admin.email, "password": Self.admin.password]
        let answer = try await Client(studio: self).post("/auth/login", body)
        return Client(studio: self, token: try answer.text("access_token"))
    }
}

struct StudioFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
