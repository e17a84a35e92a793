// Brings webhooks as badly as nature wants.

import BuskerCore

/// Events on their way to the host: doubled, mixed, late or lost, as nature says and the seed chooses.
struct FakePostman: Sendable {
    private struct Letter: Sendable {
        let event: FakeEvent
        let attempt: Int
    }

    /// How long after a refused delivery the next ones come; after the last one none does.
    private static let retries: [Duration] = [
        .seconds(60), .seconds(300), .seconds(1800), .seconds(7200), .seconds(18_000), .seconds(36_000),
        .seconds(50_400), .seconds(72_000), .seconds(86_400),
    ]

    private let seed: FakeSeed
    private var agenda = FakeAgenda<Letter>()
    /// How often each event was refused.
    private var refusals: [String: Int] = [:]
    /// How many events were lost.
    private(set) var lostCount = 0

    init(_ seed: FakeSeed) { self.seed = seed }

    /// Takes events to be brought.
    mutating func take(_ events: [FakeEvent], nature: FakeNature, at now: Timestamp) {
        for event in events {
            guard !seed.happens(nature.lost, "lost \(event.id)") else {
                lostCount += 1
                continue
            }
            let isDouble = seed.happens(nature.duplicates, "double \(event.id)")
            for attempt in 1...(isDouble ? 2 : 1) {
                let late = seed.length(upTo: nature.delay, "late \(event.id) \(attempt)")
                agenda.add(Letter(event: event, attempt: attempt), at: now.advanced(by: late))
            }
        }
    }

    /// Brings an event again later, because the host did not take it.
    mutating func refused(_ delivery: FakeDelivery, at now: Timestamp) {
        let count = refusals[delivery.id, default: 0]
        guard count < Self.retries.count else { return }
        refusals[delivery.id] = count + 1
        agenda.add(
            Letter(event: delivery.event, attempt: delivery.attempt + 1), at: now.advanced(by: Self.retries[count]))
    }

    /// What is due now.
    mutating func due(by now: Timestamp, shuffle: Bool) -> [(event: FakeEvent, attempt: Int)] {
        var letters: [(event: FakeEvent, attempt: Int)] = []
        while let next = agenda.next(by: now) { letters.append((next.item.event, next.item.attempt)) }
        guard shuffle else { return letters }
        return letters.map { (seed.number("order \($0.event.id) \($0.attempt)"), $0) }
            .sorted { $0.0 < $1.0 }
            .map(\.1)
    }
}
