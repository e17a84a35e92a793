// What every request goes through, whatever its route.

import BuskerAccounts
import BuskerCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// Finds the route, finds out who asks, counts, answers, and says in a log what happened.
public struct HostResponder: HTTPResponder {
    /// What is known of the connection.
    public typealias Context = HostContext

    /// How a responder behaves.
    struct Settings: Sendable {
        var origins: Set<String> = []
        var trustedProxies = 0
        var isSecure = false
        var bodyTime = TimeAmount.seconds(30)
    }

    let table: RouteTable
    let doorman: Doorman
    let metrics: Metrics
    let settings: Settings
    let log: Logger
    let ids: IDGenerator

    /// Answers a request.
    ///
    /// - Throws: only for requests that are no HTTP; everything else becomes a problem document.
    public func respond(to request: Request, context: HostContext) async throws -> Response {
        let start = ContinuousClock.now
        let id = Self.requestID(request) ?? "\(ids.make(RequestKind.self))"
        let language = Language(accepting: request.headers[.acceptLanguage])
        let path = (request.head.path ?? "/").prefix { $0 != "?" }
        let match = table.match(request.method, path)
        var caller: Caller?
        var response: Response
        do {
            response = try await answer(request, context, match, id, language, &caller)
        } catch let error as HTTPParserError {
            throw error
        } catch {
            response = refuse(error, language, id)
        }
        if request.method == .head { response = response.createHeadResponse() }
        SecurityHeaders.add(to: &response, isSecure: settings.isSecure)
        if let origin = request.headers[.origin], settings.origins.contains(origin) {
            CrossOrigin.allow(origin, &response)
        }
        response.headers[.requestID] = id
        note(request, match, response, start, id, caller)
        return response
    }

    private func answer(
        _ request: Request, _ context: HostContext, _ match: RouteTable.Match, _ id: String, _ language: Language,
        _ caller: inout Caller?
    ) async throws -> Response {
        if let preflight = CrossOrigin.preflight(request, settings.origins) { return preflight }
        let client = address(request, context)
        try doorman.count(client)
        switch match {
        case .none: throw Problem.notFound
        case .wrongMethod(let methods):
            throw Problem(405, "method_not_allowed").with(.allow, methods.map(\.rawValue).joined(separator: ", "))
        case .found(let route, let values):
            caller = try await doorman.admit(request, to: route, values)
            defer { if route.changesAccounts { doorman.cache.forget() } }
            return try await route.handler(
                HostRequest(
                    request: request, values: values, language: language, id: id, client: client, caller: caller,
                    channel: context.channel, bodyTime: settings.bodyTime))
        }
    }

    private func refuse(_ error: any Error, _ language: Language, _ id: String) -> Response {
        let problem = Problem.of(error)
        metrics.refuse(problem.code)
        if problem.status >= 500, !(error is Problem) {
            let level: Logger.Level = problem.status == 503 ? .warning : .error
            log.log(level: level, "request failed", metadata: ["request_id": "\(id)", "error": "\(error)"])
        }
        return problem.response(language, request: id)
    }

    private func note(
        _ request: Request, _ match: RouteTable.Match, _ response: Response, _ start: ContinuousClock.Instant,
        _ id: String, _ caller: Caller?
    ) {
        let template = if case .found(let route, _) = match { route.path } else { "-" }
        let took = ContinuousClock.now - start
        let known: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
        let method = known.contains(request.method) ? request.method.rawValue : "OTHER"
        metrics.count(method, template, response.status.code, took: took)
        guard log.logLevel <= .info else { return }
        var metadata: Logger.Metadata = [
            "request_id": "\(id)", "method": "\(method)", "route": "\(template)", "status": "\(response.status.code)",
            "ms": "\(took.components.seconds * 1_000 + took.components.attoseconds / 1_000_000_000_000_000)",
        ]
        if let caller { metadata["account"] = "\(caller.account.id)" }
        log.info("request", metadata: metadata)
    }

    /// From where a request comes, as the nearest proxy that is trusted says.
    private func address(_ request: Request, _ context: HostContext) -> ClientAddress {
        if settings.trustedProxies > 0, let header = request.headers[.forwardedFor] {
            let hops = header.split(separator: ",").map { $0.filter { $0 != " " } }
            if hops.count >= settings.trustedProxies {
                return ClientAddress(hops[hops.count - settings.trustedProxies])
            }
        }
        return ClientAddress(context.channel.remoteAddress?.ipAddress ?? "unknown")
    }

    /// The name that a client or proxy gave the request, if it is a plain one.
    private static func requestID(_ request: Request) -> String? {
        guard let text = request.headers[.requestID], (8...64).contains(text.utf8.count),
            text.utf8.allSatisfy({
                (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == 0x2D || $0 == 0x5F
            })
        else { return nil }
        return text
    }
}

/// Names of requests.
enum RequestKind: IDKind {
    static let prefix = "req"
}
