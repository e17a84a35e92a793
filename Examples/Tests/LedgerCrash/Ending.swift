// How a trial ends: killed at any moment, at a chosen point, or after a standstill.

import Foundation

/// What happens to the host, or to the server of its database, and when.
enum Ending: CustomStringConvertible {
    /// SIGKILL to the process group after so many milliseconds of traffic.
    case kill(after: Int)
    /// The host kills itself at the n-th passage of a point.
    case crash(at: String, passage: Int)
    /// SIGSTOP for two seconds after so many milliseconds, then SIGKILL.
    case freeze(after: Int)
    /// The server loses one process, and later the host is killed.
    case backend(after: Int)
    /// The server is stopped without a checkpoint and started again; later the host is killed.
    case server(after: Int)

    static let points = [
        "batch.begin", "batch.afterEntries", "batch.beforeCommit", "batch.afterCommit", "reply.beforeWrite",
        "sweep.mid", "checkpoint.mid",
    ]

    /// 60 % kills, 30 % crash points, 10 % standstills; on a server every second standstill is trouble of the server.
    static func chosen(isServer: Bool, _ random: inout Seeded) -> Ending {
        let after = Int.random(in: 20...1500, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case ..<60: return isServer && random.happens(15) ? .backend(after: after / 2) : .kill(after: after)
        case ..<90:
            let points = isServer ? points.filter { $0 != "checkpoint.mid" } : points
            let point = random.pick(points) ?? "batch.begin"
            let often = ["sweep.mid": 20, "checkpoint.mid": 8, "reply.beforeWrite": 400][point] ?? 30
            return .crash(at: point, passage: Int.random(in: 1...often, using: &random))
        default: return isServer && random.happens(50) ? .server(after: after / 2) : .freeze(after: after)
        }
    }

    /// What it is counted as.
    var kind: String {
        switch self {
        case .kill: "kill"
        case .crash(let point, _): point
        case .freeze: "freeze"
        case .backend: "backend"
        case .server: "server"
        }
    }

    /// What tells the host where to end itself.
    var environment: [String: String] {
        guard case .crash(let point, let passage) = self else { return [:] }
        return ["LEDGER_CRASH_AT": "\(point):\(passage)"]
    }

    var description: String {
        switch self {
        case .kill(let after): "SIGKILL after \(after) ms"
        case .crash(let point, let passage): "crash at \(point):\(passage)"
        case .freeze(let after): "SIGSTOP after \(after) ms, then SIGKILL"
        case .backend(let after): "one process of the server killed after \(after) ms"
        case .server(let after): "the server stopped at once after \(after) ms"
        }
    }
}
