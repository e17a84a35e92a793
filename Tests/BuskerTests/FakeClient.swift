// A blocking HTTP client of few lines, so that the doubles are not tried with our own client.

import BuskerCore
import BuskerTesting
import Foundation

/// One connection to a double that stays open.
final class FakeClient {
    /// What came back; nothing but a status of 0 when the connection ended first.
    struct Answer {
        var status = 0
        var headers: [String: String] = [:]
        var body: [UInt8] = []

        var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }

        subscript(_ path: String...) -> JSONValue? {
            path.reduce(json as JSONValue?) { value, name in
                Int(name).map { value?.elements?.dropFirst($0).first } ?? value?[name]
            }
        }
    }

    private let port: UInt16
    private var socket: Int32 = -1
    private var rest: [UInt8] = []
    /// Whether to send and not wait for the answer.
    var isHasty = false
    /// Sent with every request.
    var headers: [String: String]

    init(_ fake: FakeProvider, headers: [String: String] = [:]) {
        port = UInt16(fake.baseURL.split(separator: ":").last ?? "") ?? 0
        self.headers = ["Host": "127.0.0.1"].merging(headers) { $1 }
    }

    deinit { if socket >= 0 { close(socket) } }

    func send(
        _ method: String, _ target: String, body: String = "", headers more: [String: String] = [:],
        timeout seconds: Int = 20
    ) -> Answer {
        connectIfNeeded(timeout: seconds)
        var text = "\(method) \(target) HTTP/1.1\r\n"
        for (name, value) in headers.merging(more, uniquingKeysWith: { $1 }) { text += "\(name): \(value)\r\n" }
        text += "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    socket, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return lost() }
            sent += count
        }
        return isHasty ? Answer() : receive()
    }

    private func connectIfNeeded(timeout seconds: Int) {
        if socket < 0 {
            socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            _ = unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    private func receive() -> Answer {
        var answer = Answer()
        let mark = Array("\r\n\r\n".utf8)
        var place = rest.firstRange(of: mark)
        while place == nil {
            guard fill() else { return lost() }
            place = rest.firstRange(of: mark)
        }
        guard let place else { return lost() }
        let lines = String(decoding: rest[..<place.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        answer.status = Int(lines[0].split(separator: " ")[1]) ?? 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            answer.headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let length = Int(answer.headers["content-length"] ?? "0") ?? 0
        while rest.count < place.upperBound + length { guard fill() else { return lost() } }
        answer.body = Array(rest[place.upperBound..<place.upperBound + length])
        rest.removeFirst(place.upperBound + length)
        if answer.headers["connection"] == "close" { end() }
        return answer
    }

    private func fill() -> Bool {
        var piece = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe piece.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { return false }
        rest += piece[..<count]
        return true
    }

    private func lost() -> Answer {
        end()
        return Answer()
    }

    /// Ends the connection; the next request opens another.
    func end() {
        close(socket)
        socket = -1
        rest = []
    }
}
