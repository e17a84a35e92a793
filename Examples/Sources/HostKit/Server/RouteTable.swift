// Finds the route of a request.

import Foundation
import HTTPTypes

/// The routes of a host, by their paths.
public struct RouteTable: Sendable {
    /// What became of a look.
    enum Match {
        case found(Route, [String: String])
        case wrongMethod([HTTPRequest.Method])
        case none
    }

    private final class Node: Sendable {
        let named: [String: Node]
        let any: (name: String, node: Node)?
        let rest: (name: String, routes: [Route])?
        let routes: [Route]

        init(_ routes: [(segments: ArraySlice<Substring>, route: Route)]) {
            var named: [String: [(ArraySlice<Substring>, Route)]] = [:]
            var any: [(ArraySlice<Substring>, Route)] = []
            var rest: (name: String, routes: [Route])?
            var anyName = ""
            var here: [Route] = []
            for (segments, route) in routes {
                guard let first = segments.first else {
                    here.append(route)
                    continue
                }
                if first.hasSuffix("*}") {
                    rest = (String(first.dropFirst().dropLast(2)), (rest?.routes ?? []) + [route])
                } else if first.hasPrefix("{") {
                    anyName = String(first.dropFirst().dropLast())
                    any.append((segments.dropFirst(), route))
                } else {
                    named[String(first), default: []].append((segments.dropFirst(), route))
                }
            }
            self.named = named.mapValues { Node($0) }
            self.any = any.isEmpty ? nil : (anyName, Node(any))
            self.rest = rest
            self.routes = here
        }
    }

    /// All of them, in the order of the document.
    public let routes: [Route]
    private let root: Node

    /// Makes a table.
    init(_ routes: [Route]) {
        self.routes = routes
        root = Node(routes.map { (ArraySlice($0.segments), $0) })
    }

    /// Looks for a route; `HEAD` is answered by `GET`.
    func match(_ method: HTTPRequest.Method, _ path: Substring) -> Match {
        var node = root
        var values: [String: String] = [:]
        var found: [Route]?
        let segments = path.split(separator: "/", omittingEmptySubsequences: true)
        for (at, raw) in segments.enumerated() {
            if let next = node.named[String(raw)] {
                node = next
            } else if let (name, next) = node.any, let value = raw.removingPercentEncoding, raw.utf8.count <= 1_024 {
                values[name] = value
                node = next
            } else if let rest = node.rest {
                values[rest.name] = segments[at...].joined(separator: "/")
                found = rest.routes
                break
            } else {
                return .none
            }
        }
        let routes = found ?? node.routes
        guard !routes.isEmpty else { return .none }
        let wanted = method == .head ? .get : method
        if let route = routes.first(where: { $0.method == method }) ?? routes.first(where: { $0.method == wanted }) {
            return .found(route, values)
        }
        return .wrongMethod(routes.map(\.method) + (routes.contains { $0.method == .get } ? [.head] : []))
    }
}
