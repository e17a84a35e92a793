// Whether the host lives, whether it can serve, and what it counts.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerJobs
import BuskerStorage
import HTTPTypes
import Hummingbird

/// The routes of operators.
struct HealthRoutes {
    let rooms: HostRooms

    var routes: [Route] {
        [
            Route(
                .get, "/health/live", "live", "Whether the process answers.", tag: "health", access: .everybody,
                answers: [200: .json("It does.", .object([("status", .text())]))]
            ) { _ in .json(["status": "ok"]) },
            Route(
                .get, "/health/ready", "ready", "Whether database and store can be reached.", tag: "health",
                access: .everybody, answers: [200: .json("They can.", .object([("status", .text())]))], handler: ready),
            Route(
                .get, "/metrics", "metrics", "What the host counts, for Prometheus.", tag: "health",
                access: .everybody, answers: [200: .bytes("Figures.", "text/plain")], handler: metrics),
        ]
    }

    @Sendable private func ready(_ request: HostRequest) async throws -> Response {
        do {
            _ = try await rooms.database.read { tx in try tx.value("SELECT 1", as: Int64.self) }
        } catch {
            throw Problem(503, "unavailable", "The database cannot be reached.", retryAfter: 5)
        }
        if case .unknown = await rooms.service.rooms.store.head(try ObjectKey("health/probe")) {
            throw Problem(503, "unavailable", "The store cannot be reached.", retryAfter: 5)
        }
        return .json(["status": "ok"])
    }

    @Sendable private func metrics(_ request: HostRequest) async throws -> Response {
        let counts = try await rooms.service.queue.counts()
        let now = rooms.clock.now
        let jobs = counts.map { count in
            (labels: "queue=\"\(count.queue)\",state=\"\(count.state.rawValue)\"", value: Double(count.count))
        }
        let waiting = counts.filter { $0.state == .pending }
        let age = waiting.compactMap(\.oldest).map { Double(max(0, $0.microseconds(until: now))) / 1e6 }.max() ?? 0
        let text = rooms.metrics.text([
            Metrics.Gauge("jobs", "Jobs by state.", jobs),
            Metrics.Gauge("queue_depth", "Jobs that wait.", [("", Double(waiting.reduce(0) { $0 + $1.count }))]),
            Metrics.Gauge("queue_age_seconds", "How long the oldest job waits.", [("", age)]),
        ])
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
