// The provider, the post and the weather of a double.

import BuskerCore
import BuskerPayments
import Synchronization

/// All that changes in a double, under one lock.
final class FakeWorld: Sendable {
    /// What becomes of a request.
    private enum Reply {
        case answer(FakeAnswer, Duration)
        case cut
        case half(FakeAnswer)
        case stall
    }

    private struct State {
        var machine: any FakeMachine
        var postman: FakePostman
        var nature: FakeNature
        var weather: FakeWeather
        var requestCount = 0
        var inFlight: Set<String> = []

        /// Does what came due, and hands its events to the post.
        mutating func settle(at now: Timestamp) {
            machine.work(until: now)
            collect(at: now)
        }

        /// What becomes of a request, and the key that is held until the caller has it.
        mutating func reply(to request: FakeRequest, at now: Timestamp) -> (Reply, String?) {
            if request.segments.first == "pay" { return (.answer(page(request, at: now), .zero), nil) }
            let key = machine.key(of: request)
            if let key, inFlight.contains(key) { return (.answer(machine.inProgress(request), .zero), nil) }
            let fate = weather.fate(of: request, nature: nature)
            guard let failure = fate.failure else {
                let answer = machine.answer(request, at: now, breaks: false)
                return (.answer(answer, fate.delay), fate.delay > .zero ? hold(key) : nil)
            }
            let status = failure == .rateLimit ? 429 : 500
            var answer = machine.failure(status, retryAfter: nature.retryAfter, for: request)
            if fate.isDone { answer = machine.answer(request, at: now, breaks: failure == .serverError) }
            switch failure {
            case .rateLimit, .serverError: return (.answer(answer, .zero), nil)
            case .badGateway: return (.answer(FakeWorld.badGateway, .zero), nil)
            case .cut: return (.cut, nil)
            case .half: return (.half(answer), nil)
            case .stall: return (.stall, hold(key))
            }
        }

        /// The page of a checkout, where a person plays the buyer: `/pay/ID`, and `/pay/ID/HOW` to be posted to.
        private mutating func page(_ request: FakeRequest, at now: Timestamp) -> FakeAnswer {
            let path = request.segments
            guard path.count > 1, let checkout = machine.checkout(path[1]) else {
                return FakeAnswer(page: 404, "<p>There is no such checkout.</p>\n")
            }
            let id = path[1]
            let name = path.dropFirst(2).first ?? "card"
            let payment = machine.books().first { $0.checkout == id }?.payment
            guard request.method == "POST" else {
                let isDeclined = request.query == FakeCheckoutPage.declined
                return FakeCheckoutPage(
                    id: id, checkout: checkout, isPaid: payment != nil, isDeclined: isDeclined
                ).answer
            }
            var next = FakeCheckoutPage.address(of: id)
            if checkout.isOpen, let how = FakePayment.named[name] {
                _ = machine.pay(id, how, at: now)
                let stays = FakeCheckoutPage.stays(how, machine.checkout(id) ?? checkout)
                next = stays ? FakeCheckoutPage.address(of: id, isDeclined: true) : checkout.success ?? next
            } else if let payment, let back = FakeCheckoutPage.Return(rawValue: name) {
                switch back {
                case .refund: _ = machine.refund(payment, minorUnits: nil, fails: .never, at: now)
                case .dispute: _ = machine.dispute(payment, minorUnits: nil, ends: .open, at: now)
                }
            }
            return FakeAnswer(empty: 303, headers: [("location", next)])
        }

        private mutating func hold(_ key: String?) -> String? {
            if let key { inFlight.insert(key) }
            return key
        }

        mutating func collect(at now: Timestamp) {
            let events = machine.desk.takeEvents()
            if !events.isEmpty { postman.take(events, nature: nature, at: now) }
        }
    }

    private let clock: any WallClock
    private let state: Mutex<State>

    init(_ machine: any FakeMachine, _ seed: FakeSeed, _ clock: any WallClock, _ nature: FakeNature) {
        self.clock = clock
        state = Mutex(
            State(machine: machine, postman: FakePostman(seed), nature: nature, weather: FakeWeather(seed)))
    }

    var requestCount: Int { state.withLock { $0.requestCount } }
    var lostCount: Int { state.withLock { $0.postman.lostCount } }

    /// Says where the double can be reached.
    func open(at address: String) { state.withLock { $0.machine.desk.address = address } }

    func turn(_ nature: FakeNature) {
        state.withLock { state in
            state.nature = nature
            state.machine.desk.failingRefunds = nature.failingRefunds
        }
    }

    func failNext(_ failure: FakeNature.Failure, done: Bool, count: Int, path: String) {
        state.withLock { $0.weather.expect(failure, done: done, count: count, path: path) }
    }

    func settle() { state.withLock { $0.settle(at: clock.now) } }

    /// Lets a buyer or a bank do something.
    func change<Result: Sendable>(_ body: (inout any FakeMachine, Timestamp) -> Result) -> Result {
        state.withLock { state in
            let now = clock.now
            state.settle(at: now)
            let result = body(&state.machine, now)
            state.collect(at: now)
            return result
        }
    }

    func refused(_ delivery: FakeDelivery) { state.withLock { $0.postman.refused(delivery, at: clock.now) } }

    func deliveries() -> [FakeDelivery] {
        state.withLock { state -> [FakeDelivery] in
            let now = clock.now
            state.settle(at: now)
            var deliveries: [FakeDelivery] = []
            for (event, attempt) in state.postman.due(by: now, shuffle: state.nature.shuffle) {
                deliveries.append(
                    FakeDelivery(
                        id: event.id, type: event.type, attempt: attempt,
                        headers: state.machine.sign(event, at: now), body: Array(event.body.utf8), event: event))
            }
            return deliveries
        }
    }

    func books() -> [FakeBook] {
        state.withLock { state in
            state.settle(at: clock.now)
            return state.machine.books().sorted { $0.payment < $1.payment }
        }
    }

    /// Answers a request, or does not, as the weather is.
    func reply(to request: FakeRequest) -> FakeReply {
        let now = clock.now
        let (reply, held) = state.withLock { state -> (Reply, String?) in
            state.requestCount += 1
            state.settle(at: now)
            let reply = state.reply(to: request, at: now)
            state.collect(at: now)
            return reply
        }
        var release: (@Sendable () -> Void)?
        if let held { release = { [self] in self.release(held) } }
        switch reply {
        case .answer(let answer, let delay): return .answer(answer, after: delay, done: release)
        case .cut: return .cut
        case .half(let answer): return .half(answer)
        case .stall: return .stall(gone: release)
        }
    }

    private func release(_ key: String) {
        state.withLock { state in
            _ = state.inFlight.remove(key)
        }
    }

    static let badGateway = FakeAnswer(
        page: 502,
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>502 Bad Gateway</body>\r\n</html>\r\n")
}
