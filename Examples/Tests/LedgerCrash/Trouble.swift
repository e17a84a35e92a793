// Carries an ending out while traffic runs.

import Foundation

/// The ending of a trial, as time goes by.
struct Trouble {
    /// How long a trial waits for its crash point before it kills the host.
    private static let crashMilliseconds = 3000
    /// How long traffic goes on after the server had trouble.
    private static let afterMilliseconds = 700

    private let ending: Ending
    private let server: CrashServer?
    private let begin = ContinuousClock.now
    private var struckAt: ContinuousClock.Instant?
    private(set) var isOver = false

    init(_ ending: Ending, server: CrashServer?) {
        self.ending = ending
        self.server = server
    }

    /// Does what is due.
    mutating func act(on host: HostProcess) throws {
        switch ending {
        case .kill(let after): isOver = passed(after)
        case .crash: isOver = passed(Self.crashMilliseconds)
        case .freeze(let after):
            guard passed(after) else { return }
            host.signal(SIGSTOP)
            sleep(2)
            isOver = true
        case .backend(let after), .server(let after):
            if let struckAt {
                isOver = ContinuousClock.now - struckAt > .milliseconds(Self.afterMilliseconds)
            } else if passed(after) {
                if case .server = ending { try server?.restart() } else { try server?.killBackend() }
                struckAt = .now
            }
        }
    }

    private func passed(_ milliseconds: Int) -> Bool { ContinuousClock.now - begin > .milliseconds(milliseconds) }
}
