// What a child program said last.

import Synchronization

/// Keeps the last word of a program that is no progress.
final class SoundWords: Sendable {
    private let word = Mutex<SoundWord?>(nil)

    func take(_ word: SoundWord) {
        if case .progress = word { return }
        self.word.withLock { $0 = word }
    }

    var last: SoundWord? { word.withLock { $0 } }
}
