// What a host counts, as Prometheus reads it.

import Synchronization

/// Counts and durations of requests by route, and figures that are asked for when somebody looks.
public final class Metrics: Sendable {
    /// A figure of the moment.
    public struct Gauge: Sendable {
        let name: String
        let help: String
        let rows: [(labels: String, value: Double)]

        /// Makes a figure with labels such as `state="pending"`.
        public init(_ name: String, _ help: String, _ rows: [(labels: String, value: Double)]) {
            (self.name, self.help, self.rows) = (name, help, rows)
        }
    }

    private struct Series: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct Timing {
        var buckets = [Int64](repeating: 0, count: Metrics.bounds.count)
        var count: Int64 = 0
        var sum = 0.0
    }

    private struct State {
        var requests: [Series: Int64] = [:]
        var timings: [String: Timing] = [:]
        var refusals: [String: Int64] = [:]
        var open = 0
    }

    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]
    private let state = Mutex(State())

    /// Begins to count.
    public init() {}

    /// Counts an answer.
    func count(_ method: String, _ route: String, _ status: Int, took: Duration) {
        let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
        state.withLock { state in
            state.requests[Series(method: method, route: route, status: status), default: 0] += 1
            var timing = state.timings[route] ?? Timing()
            if let at = Self.bounds.firstIndex(where: { seconds <= $0 }) { timing.buckets[at] += 1 }
            timing.count += 1
            timing.sum += seconds
            state.timings[route] = timing
        }
    }

    /// Counts a refusal by its code.
    func refuse(_ code: String) { state.withLock { $0.refusals[code, default: 0] += 1 } }

    /// Everything as text (Prometheus text exposition format 0.0.4).
    func text(_ gauges: [Gauge]) -> String {
        let state = state.withLock { $0 }
        var out = "# HELP http_requests_total Answers by route and status.\n# TYPE http_requests_total counter\n"
        let series = state.requests.sorted {
            ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status)
        }
        for (key, count) in series {
            out +=
                "http_requests_total{method=\"\(key.method)\",route=\"\(key.route)\",status=\"\(key.status)\"} \(count)\n"
        }
        out += "# HELP http_request_seconds Time until the head of an answer.\n# TYPE http_request_seconds histogram\n"
        for (route, timing) in state.timings.sorted(by: { $0.key < $1.key }) {
            var below: Int64 = 0
            for (bound, count) in zip(Self.bounds, timing.buckets) {
                below += count
                out += "http_request_seconds_bucket{route=\"\(route)\",le=\"\(bound)\"} \(below)\n"
            }
            out += "http_request_seconds_bucket{route=\"\(route)\",le=\"+Inf\"} \(timing.count)\n"
            out += "http_request_seconds_sum{route=\"\(route)\"} \(timing.sum)\n"
            out += "http_request_seconds_count{route=\"\(route)\"} \(timing.count)\n"
        }
        out += "# HELP problems_total Refusals by code.\n# TYPE problems_total counter\n"
        for (code, count) in state.refusals.sorted(by: { $0.key < $1.key }) {
            out += "problems_total{code=\"\(code)\"} \(count)\n"
        }
        for gauge in gauges {
            out += "# HELP \(gauge.name) \(gauge.help)\n# TYPE \(gauge.name) gauge\n"
            for row in gauge.rows {
                out += "\(gauge.name)\(row.labels.isEmpty ? "" : "{\(row.labels)}") \(row.value)\n"
            }
        }
        return out
    }
}
