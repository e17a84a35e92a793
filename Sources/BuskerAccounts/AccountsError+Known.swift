// Errors that are said in more than one place.

import BuskerCore
import BuskerDatabase

extension AccountsError {
    static let badCredentials = AccountsError(.badCredentials, "The address or the password is wrong.")
    static let badToken = AccountsError(.badToken, "The token is not valid here; log in again.")
    static let expired = AccountsError(.expired, "The token is over; refresh it or log in again.")
    static let disabled = AccountsError(.disabled, "The account is disabled; ask an administrator.")
    static let noAccount = AccountsError(.notFound, "There is no such account.")
    static let strangeRow = AccountsError(
        .databaseFailed, "A row of the accounts holds what this release does not know; run a newer one.")

    /// The error as this room tells it; an error of the room itself stays as it is.
    init(any error: any Error) {
        if let known = error as? AccountsError {
            self = known
        } else if error is CancellationError {
            self.init(.cancelled, "The task was cancelled.", underlying: error)
        } else if let error = error as? DatabaseError {
            self.init(.databaseFailed, "The database did not do it (\(error.code)); try again.", underlying: error)
        } else {
            self.init(.effectFailed, "What belongs to the change failed; nothing was changed.", underlying: error)
        }
    }
}
