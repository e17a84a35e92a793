// How the service reaches its works, its database and its accounts.

import BuskerCore
import BuskerDatabase
import BuskerLedger

extension MediaService {
    func work(_ kind: String) throws(MediaError) -> any Work {
        guard let work = works[kind] else {
            throw MediaError(
                .badOptions, "There is no such work; there is \(works.keys.sorted().joined(separator: ", ")).")
        }
        return work
    }

    func writing<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws(MediaError) -> T {
        do { return try await database.write(body) } catch { throw MediaError(any: error) }
    }

    func reading<T: Sendable>(_ body: @escaping @Sendable (ReadTransaction) throws -> T) async throws(MediaError) -> T {
        do { return try await database.read(body) } catch { throw MediaError(any: error) }
    }

    /// Refuses an account whose payment is fought over, or that owes credit it spent and that was taken back.
    func admit(_ account: AccountName, in tx: ReadTransaction) throws {
        if try rooms.shop?.isFrozen(account, in: tx) == true {
            throw MediaError(.locked, "A payment of the account is disputed; settle it to go on.")
        }
        if let balance = try rooms.ledger.balances(of: [account], in: tx)[0], balance.debt.steps > 0 {
            throw MediaError(
                .locked, "The account owes \(balance.debt): credit it had spent was taken back. Buy credit to go on.")
        }
    }
}
