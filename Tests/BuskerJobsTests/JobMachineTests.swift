// Every state, every event: what may happen to a job, and what never happens.

import BuskerCore
import BuskerJobs
import Testing

@Suite struct JobMachineTests {
    static let states: [JobMachine] = JobState.allCases.flatMap { state in
        (0...3).flatMap { attempt in
            [false, true].map {
                JobMachine(attemptsMax: 3, state: state, attempt: attempt, isStopAsked: $0, round: 1)
            }
        }
    }

    /// What is allowed, written apart from the machine.
    static func isAllowed(_ state: JobState, _ event: JobMachine.Event) -> Bool {
        switch event {
        case .cancel: true
        case .claim: state == .pending
        case .finish, .retry, .fail, .snooze, .release, .lapse: state == .processing
        case .requeue: state == .failed || state == .cancelled
        }
    }

    @Test(arguments: JobMachine.Event.allCases)
    func whatIsNotAllowedChangesNothing(event: JobMachine.Event) {
        for before in Self.states {
            var machine = before
            do throws(JobError) {
                _ = try machine.apply(event)
                #expect(Self.isAllowed(before.state, event), "\(before)")
            } catch {
                #expect(error.code == .wrongState)
                #expect(machine == before && !Self.isAllowed(before.state, event), "\(before)")
            }
        }
    }

    @Test func whatChangedIsWhatIsSaid() throws {
        for before in Self.states {
            for event in JobMachine.Event.allCases where Self.isAllowed(before.state, event) {
                var machine = before
                switch try machine.apply(event) {
                case .none: #expect(machine == before)
                case .started: #expect(machine.state == .processing && machine.attempt == before.attempt + 1)
                case .waits: #expect(machine.state == .pending)
                case .stopAsked: #expect(machine.state == .processing && machine.isStopAsked && !before.isStopAsked)
                case .ended: #expect(machine.state.isEnded && !before.state.isEnded)
                }
            }
        }
    }

    /// Every machine that a new job can become within so many events, and that nothing strange is among them.
    @Test(arguments: 1...4)
    func everyRoundEndsOnceAndWithinItsAttempts(attempts: Int) throws {
        var seen: Set<JobMachine> = [JobMachine(attemptsMax: attempts)]
        var edge = seen
        for _ in 0..<12 {
            var next: Set<JobMachine> = []
            for before in edge {
                for event in JobMachine.Event.allCases {
                    var machine = before
                    guard (try? machine.apply(event)) != nil else { continue }
                    #expect((0...attempts).contains(machine.attempt))
                    if before.state.isEnded, machine != before {
                        #expect(event == .requeue && machine.round == before.round + 1)
                        #expect(machine.attempt == 0 && !machine.isStopAsked)
                    } else {
                        #expect(machine.round == before.round)
                    }
                    if machine.state == .pending { #expect(machine.attempt < attempts && !machine.isStopAsked) }
                    if machine.round <= 3 { next.insert(machine) }
                }
            }
            edge = next.subtracting(seen)
            seen.formUnion(next)
        }
        for state in JobState.allCases { #expect(seen.contains { $0.state == state }) }
    }

    @Test(arguments: [JobMachine.Event.retry, .lapse])
    func theLastAttemptIsTheEnd(event: JobMachine.Event) throws {
        var machine = JobMachine(attemptsMax: 2)
        #expect(try machine.apply(.claim) == .started)
        #expect(try machine.apply(event) == .waits)
        _ = try machine.apply(.claim)
        #expect(try machine.apply(event) == .ended)
        #expect(machine.state == .failed && machine.attempt == 2)
    }

    @Test(arguments: [JobMachine.Event.snooze, .release])
    func whatIsGivenBackCostsNoAttempt(event: JobMachine.Event) throws {
        var machine = JobMachine(attemptsMax: 1)
        for _ in 0..<50 {
            _ = try machine.apply(.claim)
            #expect(try machine.apply(event) == .waits)
            #expect(machine.attempt == 0)
        }
    }

    @Test(arguments: [JobMachine.Event.retry, .fail, .snooze, .release, .lapse])
    func afterAWishToStopEverythingButDoneIsCancelled(event: JobMachine.Event) throws {
        var machine = JobMachine(attemptsMax: 5)
        _ = try machine.apply(.claim)
        #expect(try machine.apply(.cancel) == .stopAsked)
        #expect(try machine.apply(.cancel) == .none)
        var done = machine
        #expect(try machine.apply(event) == .ended)
        #expect(machine.state == .cancelled)
        _ = try done.apply(.finish)
        #expect(done.state == .completed)
    }

    @Test func waitsDoubleUpToTheirMost() {
        let backoff = Backoff(first: .seconds(5), most: .seconds(60))
        #expect((1...6).map { backoff.longest(after: $0) } == [5, 10, 20, 40, 60, 60].map { .seconds($0) })
        #expect(backoff.longest(after: 0) == .seconds(5) && backoff.longest(after: .max) == .seconds(60))
        #expect(Backoff(first: .zero).longest(after: 9) == .zero)
        #expect(Backoff(first: .seconds(90), most: .seconds(60)).longest(after: 1) == .seconds(60))
    }

    @Test(arguments: [
        (0, 10, 0), (5, 10, 500_000), (1, 3, 333_333), (11, 10, 1_000_000), (-4, 10, 0), (7, 0, 1_000_000),
    ])
    func progressStaysWithinTheWhole(done: Int64, total: Int64, millionths: Int64) {
        #expect(JobProgress(done, of: total).millionths == millionths)
        #expect(JobProgress(.max, of: .max).millionths == 1_000_000)
        #expect(JobProgress(millionths: 1, stage: String(repeating: "한", count: 200)).stage.utf8.count <= 255)
    }
}
