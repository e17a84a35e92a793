// Which calls fail, and how.

import BuskerCore

/// Decides about each call by what it asks for and how often that was asked, never by the order of calls.
struct FakeWeather: Sendable {
    /// What becomes of a call.
    struct Fate {
        var failure: FakeNature.Failure?
        /// Whether a failing call is carried out all the same.
        var isDone = false
        /// How long the answer takes.
        var delay = Duration.zero
    }

    private struct Expected: Sendable {
        let failure: FakeNature.Failure
        let isDone: Bool
        var count: Int
        let path: String
    }

    private let seed: FakeSeed
    private var times: [String: Int] = [:]
    private var expected: [Expected] = []

    init(_ seed: FakeSeed) { self.seed = seed }

    /// Lets the next calls fail, whatever nature says.
    mutating func expect(_ failure: FakeNature.Failure, done: Bool, count: Int, path: String) {
        expected.append(Expected(failure: failure, isDone: done && failure != .rateLimit, count: count, path: path))
    }

    /// What becomes of a call.
    mutating func fate(of request: FakeRequest, nature: FakeNature) -> Fate {
        if let place = expected.firstIndex(where: {
            $0.count > 0 && ($0.path.isEmpty || request.path.contains($0.path))
        }) {
            expected[place].count -= 1
            return Fate(failure: expected[place].failure, isDone: expected[place].isDone)
        }
        guard nature.failures > 0 || nature.slowness > .zero else { return Fate() }
        let purpose = request.fingerprint
        let time = times[purpose, default: 0]
        times[purpose] = time + 1
        var fate = Fate(delay: seed.length(upTo: nature.slowness, "slow \(time) \(purpose)"))
        guard !nature.failureKinds.isEmpty, seed.happens(nature.failures, "fails \(time) \(purpose)") else {
            return fate
        }
        let choice = seed.number("failure \(time) \(purpose)") % UInt64(nature.failureKinds.count)
        let failure = nature.failureKinds[Int(choice)]
        fate.failure = failure
        fate.isDone = failure != .rateLimit && seed.happens(nature.doneAnyway, "done \(time) \(purpose)")
        return fate
    }
}
