// How many connections an address may have.

import BuskerAccounts
import Synchronization

/// Counts the connections that are open, by where they come from; the first 64 bits of an IPv6 address count as one.
final class ConnectionPlaces: Sendable {
    private let most: Int
    private let taken = Mutex<[ClientAddress: Int]>([:])

    /// Makes a count; nothing when there is no limit.
    init?(most: Int) {
        guard most > 0 else { return nil }
        self.most = most
    }

    /// Takes a place; false when the address has all of its own.
    func take(_ address: ClientAddress) -> Bool {
        taken.withLock { taken in
            let count = taken[address] ?? 0
            guard count < most else { return false }
            taken[address] = count + 1
            return true
        }
    }

    /// Gives a place back.
    func giveBack(_ address: ClientAddress) {
        taken.withLock { taken in
            let count = taken[address] ?? 0
            taken[address] = count > 1 ? count - 1 : nil
        }
    }
}
