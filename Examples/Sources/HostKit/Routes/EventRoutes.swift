// What happens to a job, as it happens.

import Busker
import BuskerCore
import BuskerJobs
import Hummingbird
import NIOCore
import ServiceLifecycle

/// The route of events (WHATWG HTML, server-sent events).
struct EventRoutes {
    static let beat: Duration = .seconds(15)
    let rooms: HostRooms

    var routes: [Route] {
        [
            Route(
                .get, "/job/{id}/events", "events", "The states of a job until it ends.", tag: "events",
                access: .ticket(scope: "read"), parameters: [.ticket],
                answers: [200: .events("Events named job, whose data is what /status says, as JSON.")],
                handler: events)
        ]
    }

    private enum Item: Sendable {
        case job(Job)
        case beat
    }

    @Sendable private func events(_ request: HostRequest) async throws -> Response {
        let owner = try request.who().owner
        let after = request.request.headers[.known("Last-Event-ID")].flatMap { Int64($0) } ?? 0
        let events = try await rooms.service.events(
            of: try request.id(), owner: owner, after: max(0, after), clock: ContinuousClock())
        let language = request.language
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
            let (items, tasks) = Self.items(events)
            defer { for task in tasks { task.cancel() } }
            for await item in items {
                switch item {
                case .beat: try await writer.write(ByteBuffer(string: ": still here\n\n"))
                case .job(let job):
                    let data = JSON.object(View.status(MediaStatus(job, waiting: nil), language)).description
                    try await writer.write(ByteBuffer(string: "event: job\nid: \(job.version)\ndata: \(data)\n\n"))
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache",
                .known("X-Accel-Buffering"): "no",
            ],
            body: body)
    }

    /// Every state, and a sign of life now and then; ends with the job, or when the host stops.
    private static func items(_ events: JobEvents) -> (AsyncStream<Item>, [Task<Void, Never>]) {
        let (items, tap) = AsyncStream<Item>.makeStream(bufferingPolicy: .bufferingNewest(16))
        let states = Task {
            await cancelWhenGracefulShutdown {
                do {
                    for try await job in events { tap.yield(.job(job)) }
                } catch {}
            }
            tap.finish()
        }
        let beats = Task {
            while (try? await Task.sleep(for: beat)) != nil { tap.yield(.beat) }
        }
        return (items, [states, beats])
    }
}
