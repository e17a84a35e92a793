// Who is told when balances change.

package import BuskerDatabase

/// What one transaction did to one customer's account.
package struct BalanceChange: Sendable {
    /// The account's number and name.
    package let account: Int64
    package let name: String
    /// The code of its unit.
    package let unit: String
    package let before: BalanceFigures
    package let after: BalanceFigures
    /// The transaction's number and instant.
    package let sequence: Int64
    package let created: Int64
}

/// Is told of every change of a customer's balance, inside the transaction that makes it.
///
/// It is called once for each batch, after the rows were written, with the changes in the order of their transactions. What
/// it writes commits with them; what it throws undoes them. It must not call the ledger.
package protocol BalanceObserver: Sendable {
    func balancesChanged(_ changes: [BalanceChange], in transaction: Transaction) throws
}
