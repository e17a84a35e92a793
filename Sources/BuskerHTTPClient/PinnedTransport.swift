// Carries webhooks to the addresses that were checked, and to no other.

public import BuskerHTTP
public import BuskerJobs
import HTTPTypes
import NIOCore

/// A way out for webhooks: a name is looked up once, whoever asked checks what it means, and only those addresses are connected to.
///
/// The name stays what TLS asks for and checks (SNI, RFC 6066) and what the header `Host` says. It follows no redirect, uses no proxy
/// of the environment, sends no cookie, and keeps no connection: each call has a client of its own that knows one address.
public struct PinnedTransport: WebhookTransport {
    private let limits: HTTPClientLimits
    private let answerBytesMax: Int
    private let roots: String?

    /// Makes a way out.
    ///
    /// - Parameters:
    ///   - connectTime: how long making a connection to one address may take, 1 ms...1 minute.
    ///   - answerBytesMax: how much of an answer's body is read, 0...1,048,576 bytes; the rest is left.
    ///   - roots: certificates in PEM form that are trusted as roots besides those of the machine.
    public init(connectTime: Duration = .seconds(5), answerBytesMax: Int = 65_536, trusting roots: String? = nil) {
        limits = HTTPClientLimits(connectionsPerHost: 1, connectTime: min(connectTime, .seconds(60)))
        self.answerBytesMax = min(max(answerBytesMax, 0), 1 << 20)
        self.roots = roots
    }

    /// All addresses of a host, as the machine's resolver knows them.
    ///
    /// - Throws: `HTTPError` with `unreachable` when there is none.
    public func addresses(of host: String) async throws -> [IPAddress] { try await HostNames.addresses(of: host) }

    /// Sends a request to the first of the addresses that takes a connection; a request that may have been seen is not sent again.
    ///
    /// The time limit of the call is for all of it: connecting, and reading the answer. An answer whose head came is an answer: of a
    /// body that breaks off, takes too long or is too long, what came is handed out.
    ///
    /// - Throws: `HTTPError`; `badRequest` when the request names an address by number that is not among these, or another port.
    public func send(
        _ call: HTTPCall, to addresses: [IPAddress], port: Int
    ) async throws(HTTPError) -> HTTPAnswer {
        let host = try Self.host(call.request, port)
        let end = NIODeadline.now() + .nanoseconds(call.timeLimit.nanoseconds)
        var problem = HTTPError(.unreachable, "The host has no address.")
        for address in addresses {
            if let number = IPAddress(host), number != address { continue }
            var call = call
            call.timeLimit = .nanoseconds(max(0, (end - NIODeadline.now()).nanoseconds))
            do throws(HTTPError) {
                return try await send(call, host, address)
            } catch {
                guard error.code == .unreachable else { throw error }
                problem = error
            }
        }
        throw problem
    }

    private func send(_ call: HTTPCall, _ host: String, _ address: IPAddress) async throws(HTTPError) -> HTTPAnswer {
        let client = try HTTPClientTransport(limits, trusting: roots, pinned: [host: address.description])
        let answer: Result<HTTPAnswer, HTTPError>
        do throws(HTTPError) {
            answer = .success(await cut(try await client.send(call)))
        } catch {
            answer = .failure(error)
        }
        await client.close()
        return try answer.get()
    }

    private func cut(_ answer: HTTPAnswer) async -> HTTPAnswer {
        var bytes: [UInt8] = []
        do {
            for try await piece in answer.body.pieces {
                bytes += piece.prefix(answerBytesMax - bytes.count)
                if bytes.count >= answerBytesMax { break }
            }
        } catch {
            return HTTPAnswer(answer.response, body: .bytes(bytes))
        }
        return HTTPAnswer(answer.response, body: .bytes(bytes))
    }

    /// The host that a request names, without brackets, if it names this port.
    private static func host(_ request: HTTPRequest, _ port: Int) throws(HTTPError) -> String {
        let authority = request.authority ?? ""
        let isBracketed = authority.hasPrefix("[")
        let host = isBracketed ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" }
        let rest = authority.dropFirst(host.count + (isBracketed ? 2 : 0))
        let named = rest.isEmpty ? (request.scheme == "https" ? 443 : 80) : Int(rest.dropFirst())
        guard !host.isEmpty, named == port else {
            throw HTTPError(.badRequest, "The request names another port than it is to be sent to, or no host.")
        }
        return String(host)
    }
}
