// What goes wrong with retention, as an exit code.

import BuskerDatabase
import BuskerRetention
import BuskerStorage

extension Failure {
    /// A failure of a command on a policy or its database.
    init(retention error: any Error, at place: LedgerPlace) {
        switch error {
        case let refusal as RetentionError:
            self.init(Self.exit(for: refusal.code), code: refusal.code.description, Self.words(refusal))
        case let database as DatabaseError where database.code == .badStatement:
            self.init(
                .badInput, code: database.code.description, "The database \(place.shown) holds no rows of files.")
        default: self.init(error, at: place)
        }
    }

    static func words(_ error: RetentionError) -> String {
        error.path.isEmpty ? error.detail : "\(error.path): \(error.detail)"
    }

    private static func exit(for code: RetentionError.Code) -> Exit {
        switch code {
        case .badPolicy, .badZone, .badPlan, .otherPolicy: .badInput
        case .unknownPlan, .unknownFile: .noInput
        case .databaseFailed: .unavailable
        case .brokenAudit: .broken
        case .sinkFailed: .cannotWrite
        default: .refused
        }
    }
}
