// Opens a stranger's sound with the decoder that the work will use.

public import BuskerAudio
import BuskerCore
public import BuskerStorage

/// Decodes a sound once, within a budget, to learn whether it can be worked on; made to run in a process of its own.
///
/// A host calls ``answer(to:)`` as the first thing it does, so that its own program can be the one that looks.
public enum SoundCheck {
    /// The first argument by which a program knows that it is to look at its standard input.
    public static let verb = "busker-check-sound"

    /// What to print when these are the arguments of a program that is to look; nothing when they are others.
    ///
    /// Beside the verdict the line says how much memory the program held at most, where the system tells.
    ///
    /// - Parameter arguments: without the program's own name.
    public static func answer(to arguments: [String]) -> String? {
        guard arguments.first == verb else { return nil }
        let numbers = arguments.dropFirst().compactMap(Int64.init)
        let inspection =
            budget(numbers).map { inspect(.standardInput, encodedBytes: numbers[6], budget: $0) }
            ?? .failed("The budget cannot be read.")
        let (result, reason) = words(inspection)
        return JSON.object([
            ("result", .text(result)), ("reason", reason.map { JSON.text($0) }),
            ("peak_bytes", PeakMemory.bytes.map { JSON.number($0) }),
        ]).description
    }

    /// Decodes a sound to its end, or until the budget is spent; memory does not grow with it.
    ///
    /// - Parameters:
    ///   - source: the sound.
    ///   - encodedBytes: how many bytes it has.
    ///   - budget: how much may come out of it.
    public static func inspect(_ source: AudioSource, encodedBytes: Int64, budget: DecodeBudget) -> Inspection {
        var limits = AudioLimits()
        limits.channelsMax = budget.channelsMax
        limits.sampleRates = budget.rates
        limits.secondsMax = Int(clamping: budget.samplesMax / Int64(max(1, budget.rates.lowerBound)) + 1)
        do {
            var reader = try AudioReader(source, limits: limits)
            return try decode(&reader, encodedBytes, budget)
        } catch let error as StorageError {
            return .refused(error.detail)
        } catch let error as AudioError {
            return Self.ourFaults.contains(error.code) ? .failed(error.detail) : .refused(error.detail)
        } catch {
            return .failed("The sound could not be looked at.")
        }
    }

    private static let ourFaults: Set<AudioError.Code> = [.outOfMemory, .coreFailed, .fileUnreadable, .cancelled]

    private static func decode(
        _ reader: inout AudioReader, _ encodedBytes: Int64, _ budget: DecodeBudget
    ) throws -> Inspection {
        let format = reader.format
        var meter = try DecodeMeter(
            budget, channels: format.channels, rate: format.sampleRate,
            announcedFrames: reader.declaredFrames.map(Int64.init))
        var block = [Float](repeating: 0, count: 4_096 * format.channels)
        var frames: Int64 = 0
        while true {
            var span = block.mutableSpan
            let count = try reader.read(into: &span)
            guard count > 0 else { break }
            frames += Int64(count)
            try meter.add(frames: Int64(count), encodedBytes: encodedBytes)
        }
        return frames > 0 ? .passed : .refused("The file has no sound in it.")
    }

    private static func words(_ inspection: Inspection) -> (result: String, reason: String?) {
        switch inspection {
        case .passed: ("passed", nil)
        case .refused(let reason): ("refused", reason)
        case .failed(let reason): ("failed", reason)
        }
    }

    /// Reads what ``words(_:)`` said through the program's output.
    static func inspection(_ line: String) -> Inspection? {
        guard let json = try? JSONValue(parsing: Array(line.utf8)) else { return nil }
        let reason = json["reason"]?.text ?? ""
        switch json["result"]?.text {
        case "passed": return .passed
        case "refused": return .refused(reason)
        case "failed": return .failed(reason)
        default: return nil
        }
    }

    /// A budget as the arguments of a program.
    static func arguments(_ budget: DecodeBudget, encodedBytes: Int64) -> [String] {
        [
            budget.samplesMax, Int64(budget.channelsMax), Int64(budget.rates.lowerBound),
            Int64(budget.rates.upperBound), budget.ratioMax, budget.ratioAfter, encodedBytes,
        ].map(String.init)
    }

    private static func budget(_ numbers: [Int64]) -> DecodeBudget? {
        guard numbers.count == 7, numbers.allSatisfy({ $0 >= 0 }), numbers[2] <= numbers[3] else { return nil }
        return DecodeBudget(
            samplesMax: numbers[0], channelsMax: Int(clamping: numbers[1]),
            rates: Int(clamping: numbers[2])...Int(clamping: numbers[3]), ratioMax: numbers[4], ratioAfter: numbers[5])
    }
}
