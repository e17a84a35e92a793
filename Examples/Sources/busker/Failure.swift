// What goes wrong, as an exit code and a sentence.

import BuskerAudio
import BuskerCore
import BuskerHTTP
import BuskerStorage
import Foundation

/// A failure as the shell and the person see it.
struct Failure: Error {
    /// The exit codes, after sysexits.h.
    enum Exit: Int32 {
        case refused = 10
        case conflict = 11
        case broken = 12
        case wrongOptions = 64
        case badInput = 65
        case noInput = 66
        case unavailable = 69
        case fault = 70
        case cannotWrite = 73
        case tryAgain = 75
        case interrupted = 130
    }

    let exit: Exit
    let code: String
    let detail: String
    /// The amounts behind a refusal of the ledger.
    var figures: [String: String] = [:]
    /// The key to run the same command with again.
    var key: String?
    /// Whether the ledger gave the same answer under the key before.
    var replayed = false

    init(_ exit: Exit, code: String, _ detail: String) {
        self.exit = exit
        self.code = code
        self.detail = detail
    }

    /// A failure of this tool or of the library; `nil` for what the argument parser throws.
    init?(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let audio as AudioError:
            self.init(Self.exit(for: audio.code), code: audio.code.description, audio.detail)
        case let storage as StorageError: self.init(storage)
        case let network as HTTPError: self.init(.unavailable, code: network.code.description, network.detail)
        case let amount as AmountError: self.init(.wrongOptions, code: amount.code.description, amount.detail)
        case let text as TextError: self.init(.wrongOptions, code: text.code.description, text.detail)
        default: return nil
        }
    }

    static let interrupted = Failure(.interrupted, code: "cancelled", "Interrupted; nothing was left half-written.")

    static func cannotWrite(_ path: String, _ reason: String) -> Failure {
        Failure(.cannotWrite, code: "cannot_write", "'\(path)' cannot be written: \(reason).")
    }

    /// The one place where the library's codes become exit codes; what is not listed is wrong with the sound.
    private static func exit(for code: AudioError.Code) -> Exit {
        switch code {
        case .badArgument: .wrongOptions
        case .fileNotFound, .fileUnreadable: .noInput
        case .cannotWrite: .cannotWrite
        case .outOfMemory, .coreFailed: .fault
        case .cancelled: .interrupted
        default: .badInput
        }
    }

    /// Says what happened and ends the program.
    func leave(json: Bool) -> Never {
        if json, let text = try? JSONText.line(Report(failure: self)) {
            StandardError.write(text + "\n")
        } else {
            StandardError.write("busker: \(detail)\n")
        }
        Foundation.exit(exit.rawValue)
    }

    private struct Report: Encodable {
        let code: String
        let detail: String
        let exit: Int32
        let figures: [String: String]?
        let key: String?
        let replayed: Bool?

        init(failure: Failure) {
            code = failure.code
            detail = failure.detail
            exit = failure.exit.rawValue
            figures = failure.figures.isEmpty ? nil : failure.figures
            key = failure.key
            replayed = failure.replayed ? true : nil
        }
    }
}

/// Where progress and complaints go.
enum StandardError {
    static func write(_ text: String) {
        // Nobody is left to be told when this fails.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
