// temporary shim
import BuskerAudio

extension Separator {
    static func twoStems(threads: Int? = nil) -> Separator { .repeatingBackground(threads: threads) }
    static func fourStems(threads: Int? = nil) -> Separator {
        .harmonicPercussive(HarmonicPercussive(harmonicMargin: 2), threads: threads)
    }
}
