// The OpenAPI document says what the host does.

import BuskerHTTP
import Foundation
import HTTPTypes
import Testing

@Suite struct DocumentTests {
    /// Values that a careless or hostile client puts into a path.
    private static let values = [
        "x", "job_01m7zfha1feerrxyfqssa0rqyh", "%00", "%F0%9F%8E%B5", "..", "usr_01m7zfha1feerrxyfqssa0rqyh", "0", "-1",
    ]

    private static let bodies = [
        "", "{}", "[]", "null", "{\"email\":1}", "{\"file_id\":\"x\",\"options\":{\"a\":\"b\"}}",
        "{\"email\":\"a@b.example\",\"password\":\"short\"}", "{\"package\":\"none\"}",
        "{\"token\":\"x\",\"password\":\"long enough\"}",
        "{\"refresh_token\":\"x\"}", "{\"name\":\"\",\"scopes\":[1]}", "{\"amount\":\"1e9\",\"reason\":\"\"}", "\u{0}",
        "{\"amount\":\"99999999999999999999\",\"reason\":\"x\"}", "{\"plan_id\":\"plan_x\"}",
        "{\"current\":\"a\",\"new\":\"b\"}",
    ]

    @Test func noRouteAnswersWhatTheDocumentDoesNotSay() async throws {
        let studio = try await Studio.shared.value
        let routes = try await Documented.all(studio)
        let person = try await studio.person()
        let admin = try await studio.administrator()
        let job = try await person.job(51)
        var seen: Set<String> = []
        for route in routes where route.path != "/auth/logout" {
            let client = route.path.hasPrefix("/admin") ? admin : person
            for (at, value) in (Self.values + [job]).enumerated() {
                let path = route.path.replacing("{id}", with: value).replacing(
                    "{stem}", with: at == 1 ? "vocals" : value
                )
                .replacing("{provider}", with: "stripe")
                for body in route.takesBody ? Self.bodies : [""] {
                    let method = try #require(HTTPRequest.Method(rawValue: route.method))
                    let type = route.path.contains("tus") ? "application/offset+octet-stream" : "application/json"
                    let headers = route.takesBody ? ["Content-Type": type, "Tus-Resumable": "1.0.0"] : [:]
                    let answer = try await client.send(method, path, headers, body: .bytes(Array(body.utf8)))
                    #expect(
                        route.statuses.contains(answer.status),
                        "\(route) \(path) \(body): \(answer.status) \(answer.body)")
                    #expect(answer.status < 500 || answer.status == 503, "\(route) \(path) \(body)")
                    seen.insert("\(route)")
                }
                guard route.path.contains("{") else { break }
            }
        }
        #expect(seen.count == routes.count - 1)
    }

    @Test func theMetricsHoldNoAnswerThatIsNotDocumented() async throws {
        let studio = try await Studio.shared.value
        let routes = try await Documented.all(studio)
        let known = Dictionary(
            routes.map { ("\($0.method) \($0.path)", $0.statuses) }, uniquingKeysWith: { first, _ in first })
        let text = try await Client(studio: studio).get("/metrics").body
        var count = 0
        for line in text.split(separator: "\n") where line.hasPrefix("http_requests_total{") {
            let parts = line.split(separator: "\"").map(String.init)
            let (method, route, status) = (parts[1], parts[3], try #require(Int(parts[5])))
            guard route != "-", !route.hasSuffix("*}") else { continue }
            let statuses = try #require(known["\(method) \(route)"] ?? known["GET \(route)"], "\(line)")
            #expect(statuses.contains(status), "\(line)")
            count += 1
        }
        #expect(count > 0)
        #expect(text.contains("http_request_seconds_bucket") && text.contains("queue_depth "))
    }

    @Test func theDocumentIsWhole() async throws {
        let studio = try await Studio.shared.value
        let document = try await Client(studio: studio).get("/openapi.json")
        #expect(try document.text("openapi") == "3.1.0")
        let names = try #require(try document.value("components.schemas") as? [String: Any])
        let references = document.body.components(separatedBy: "#/components/schemas/").dropFirst()
        for reference in references { #expect(names[String(reference.prefix { $0.isLetter })] != nil) }
        let operations = document.body.components(separatedBy: "\"operationId\":\"").dropFirst().map {
            $0.prefix { $0 != "\"" }
        }
        #expect(Set(operations).count == operations.count)
    }
}
