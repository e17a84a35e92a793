// The OpenAPI document, made of the same table as the router.

import BuskerCore
import HTTPTypes

/// Describes the routes of a table (OpenAPI 3.1).
struct OpenAPIDocument {
    let title: String
    let routes: [Route]
    let schemas: [(String, Schema)]

    var json: JSON {
        var paths: [(String, [(String, JSON?)])] = []
        for route in routes where !route.path.hasSuffix("*}") {
            let operation = (route.method.rawValue.lowercased(), Self.operation(route) as JSON?)
            if let at = paths.firstIndex(where: { $0.0 == route.path }) {
                paths[at].1.append(operation)
            } else {
                paths.append((route.path, [operation]))
            }
        }
        return [
            "openapi": "3.1.0",
            "info": ["title": .text(title), "version": "1.0.0"],
            "paths": .object(paths.map { ($0.0, .object($0.1)) }),
            "components": [
                "schemas": .object((Components.all + schemas).map { ($0.0, $0.1.json) }),
                "securitySchemes": ["bearer": ["type": "http", "scheme": "bearer"]],
            ],
        ]
    }

    private static func operation(_ route: Route) -> JSON {
        let segments = route.segments.filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
        let inPath: [JSON] = segments.map { name in
            ["name": .text(name), "in": "path", "required": true, "schema": Schema.text(1...200).json]
        }
        let others: [JSON] = route.parameters.map { parameter in
            [
                "name": .text(parameter.name), "in": parameter.isHeader ? "header" : "query", "required": false,
                "description": .text(parameter.text), "schema": parameter.schema.json,
            ]
        }
        let parameters = inPath + others
        let answers = route.answers.sorted { $0.key < $1.key }.map { ("\($0.key)", Self.answer($0.value) as JSON?) }
        return .object([
            ("operationId", .text(route.name)), ("summary", .text(route.text)), ("tags", [.text(route.tag)]),
            ("parameters", parameters.isEmpty ? nil : .list(parameters)), ("requestBody", Self.body(route.body)),
            ("responses", .object(answers)),
            ("security", route.access == .everybody ? JSON.list([]) : [["bearer": []]]),
        ])
    }

    private static func answer(_ answer: Route.Answer) -> JSON {
        guard let schema = answer.schema, !answer.type.isEmpty else { return ["description": .text(answer.text)] }
        let types = [(answer.type, schema)] + answer.others.map { ($0, Schema.binary) }
        return [
            "description": .text(answer.text),
            "content": .object(types.map { ($0.0, .object([("schema", $0.1.json)])) }),
        ]
    }

    private static func body(_ body: Route.Body) -> JSON? {
        switch body {
        case .none: nil
        case .json(let schema): ["required": true, "content": ["application/json": ["schema": schema.json]]]
        case .bytes(let types):
            [
                "required": true,
                "content": .object(
                    types.sorted { $0.key < $1.key }.map { ($0.key, .object([("schema", $0.value.json)])) }),
            ]
        }
    }
}
