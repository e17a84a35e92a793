// The folder for stems, and the proof that they sum to the sound.

import BuskerAudio
import Foundation

/// A folder that is made when it is not there.
struct StemFolder {
    let path: String
    private let isNew: Bool

    init(_ path: String) throws {
        var isFolder: ObjCBool = false
        let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        if isThere, !isFolder.boolValue { throw Failure.cannotWrite(path, "a file of this name is in the way") }
        if !isThere {
            do {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            } catch {
                throw Failure.cannotWrite(path, Place.reason(error))
            }
        }
        self.path = path
        isNew = !isThere
    }

    /// Takes the folder away again where it was made in vain; one with anything in it stays.
    func removeIfNew() {
        if isNew { rmdir(path) }
    }
}

/// The sum of written stems beside the sound they come from.
struct StemSum {
    /// What no difference at all is called, in dB.
    static let exact = -300.0
    private static let blockFrames = 16384

    private let report: SeparationReport
    private let source: AudioSource

    init(of report: SeparationReport, source: AudioSource) {
        self.report = report
        self.source = source
    }

    /// The energy of (sum of stems - gain * sound) over that of (gain * sound), in dB; `exact` where there is no difference.
    func residualDecibels() throws -> Double {
        let gain = Float(pow(10, report.gainDecibels / 20))
        var whole = try AudioReader(source)
        var (signal, noise) = (0.0, 0.0)
        let readers = try report.files.map { try StemReader($0.path) }
        while true {
            let mixture = try whole.read(frames: Self.blockFrames)
            guard !mixture.isEmpty else { break }
            var rest = mixture.map { $0 * gain }
            signal += rest.reduce(0) { $0 + Double($1) * Double($1) }
            for reader in readers {
                let stem = try reader.read(frames: Self.blockFrames)
                guard stem.count == rest.count else {
                    throw Failure(.fault, code: "core_failed", "A stem has not the length of the sound.")
                }
                for sample in rest.indices { rest[sample] -= stem[sample] }
            }
            noise += rest.reduce(0) { $0 + Double($1) * Double($1) }
        }
        guard noise > 0, signal > 0 else { return Self.exact }
        return max(Self.exact, 10 * log10(noise / signal))
    }

    /// A reader that can stand in an array.
    private final class StemReader {
        private var reader: AudioReader

        init(_ path: String) throws { reader = try AudioReader(.file(path)) }

        func read(frames: Int) throws -> [Float] { try reader.read(frames: frames) }
    }
}
