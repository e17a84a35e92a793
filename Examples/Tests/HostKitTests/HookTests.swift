// Servers of customers are told how jobs ended, and nobody else's are.

import BuskerCore
import BuskerHTTP
import BuskerJobs
import Foundation
import HTTPTypes
import Synchronization
import Testing

/// A server of a customer: takes every request and keeps it.
private final class CustomerServer: Sendable {
    let port: Int
    private let listener: Int32
    private let taken = Mutex<[(head: String, body: String)]>([])

    init() throws {
        let door = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        listener = door
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(door, $0, size) == 0 && listen(door, 16) == 0 && getsockname(door, $0, &size) == 0
            }
        }
        guard isBound else { throw StudioFailure("No port to listen at: \(errno)") }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread { [self] in serve() }.start()
    }

    var requests: [(head: String, body: String)] { taken.withLock { $0 } }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve() {
        while true {
            let one = accept(listener, nil, nil)
            guard one >= 0 else { break }
            take(one)
            close(one)
        }
        close(listener)
    }

    private func take(_ one: Int32) {
        var all = Data()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(one, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            all.append(contentsOf: buffer[..<count])
            let text = String(decoding: all, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let head = String(text[..<end.lowerBound])
            guard text[end.upperBound...].utf8.count >= Int(Self.field("content-length", head)) ?? 0 else { continue }
            taken.withLock { $0.append((head, String(text[end.upperBound...]))) }
            let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)
            _ = send(one, answer, answer.count, Int32(MSG_NOSIGNAL))
            return
        }
    }

    static func field(_ name: String, _ head: String) -> String {
        let line = head.components(separatedBy: "\r\n").first { $0.lowercased().hasPrefix(name + ":") }
        return line.map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) } ?? ""
    }
}

@Suite struct HookTests {
    @Test func aServerIsToldByASignedMessageHowAJobEnded() async throws {
        let server = try CustomerServer()
        defer { server.stop() }
        let studio = try await Studio(["WEBHOOK_ALLOW": "127.0.0.0/8"])
        let (person, other) = (try await studio.person(), try await studio.person())
        let url = "http://127.0.0.1:\(server.port)/in?a=1"
        let made = try await person.post("/webhooks", ["url": url])
        #expect(made.status == 201, "\(made.body)")
        let secret = try made.text("secret")
        #expect(try await other.post("/webhooks", ["url": url, "events": ["job.failed"]]).status == 201)
        #expect(!(try await person.get("/webhooks")).body.contains(secret))
        let job = try await person.job(71)
        _ = try await other.job(72)
        for _ in 0..<400 where server.requests.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
        let (head, body) = try #require(server.requests.first, "\(studio.log.suffix(600))")
        #expect(head.hasPrefix("POST /in?a=1 HTTP/1.1"))
        let seconds = try #require(Int64(CustomerServer.field("webhook-timestamp", head)))
        let signed = try WebhookSigner.headers(
            Array(body.utf8), id: CustomerServer.field("webhook-id", head),
            at: Timestamp(microseconds: seconds * 1_000_000), keys: [WebhookKey(secret)])
        #expect(CustomerServer.field("webhook-signature", head) == signed[2].value)
        let message = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        let data = try #require(message["data"] as? [String: Any])
        #expect(message["type"] as? String == "job.completed" && data["job_id"] as? String == job, "\(body)")
        #expect(data["status"] as? String == "COMPLETED")
        let id = try made.text("endpoint.id")
        #expect(try await other.send(.delete, "/webhooks/\(id)").status == 404)
        #expect(try await person.send(.delete, "/webhooks/\(id)").status == 204)
        _ = try await person.job(73)
        try await Task.sleep(for: .milliseconds(500))
        #expect(server.requests.count == 1)
        #expect(try await studio.stop() == 0)
    }

    @Test func whatLeadsInsideOrIsNoAddressIsNotTaken() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        for url in [
            "http://hooks.example.com/", "https://127.0.0.1/", "https://[::1]/", "https://localhost/", "nonsense",
            "https://hooks.example.com:22/", "https://a:b@hooks.example.com/", "https://169.254.169.254/latest",
        ] {
            let answer = try await person.post("/webhooks", ["url": url])
            #expect(answer.status == 422, "\(url): \(answer.body)")
        }
        #expect(try await person.post("/webhooks", ["url": "https://a.example/", "events": ["x"]]).status == 422)
        #expect(try await person.get("/webhooks").items().isEmpty)
        let key = try await person.post("/auth/keys", ["name": "reader", "scopes": ["read"]])
        var reader = person
        reader.token = try key.text("secret")
        #expect(try await reader.post("/webhooks", ["url": "https://a.example/"]).status == 403)
        #expect(try await reader.get("/webhooks").status == 200)
    }
}
