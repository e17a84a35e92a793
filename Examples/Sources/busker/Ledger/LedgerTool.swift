// busker ledger: credits that always add up, by hand.

import ArgumentParser

/// Everything that can be asked of a ledger.
struct LedgerTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Keep credits: grants, charges, holds, refunds, on a file or a PostgreSQL server.",
        discussion: """
            Name the database with --database or in BUSKER_DATABASE: the path of a file, or postgres://user@host/name. A \
            password is better given to PostgreSQL in PGPASSWORD or a password file than in the URL; it is never shown.

            Amounts are decimals of the account's unit: 12.50 in credits with two decimals. A command that changes something \
            happens once under its --key: the same command again under the same key gives the first answer. Without --key \
            a new one is made and shown.

            Exit codes beside those of busker: 10 the ledger refuses and says with which figures, 11 the key was used for \
            another command, 12 the ledger is broken, 65 the file is no such database, 66 there is no such database, 69 the \
            database cannot be reached or another process has it, 75 the outcome is unknown: run the same command again \
            with the same key.
            """,
        subcommands: [
            LedgerOpen.self, LedgerGrant.self, LedgerCharge.self, LedgerHold.self, LedgerCapture.self,
            LedgerRelease.self, LedgerReverse.self, LedgerClawback.self, LedgerAdjust.self, LedgerTransfer.self,
            LedgerClose.self, LedgerBalance.self, LedgerHistory.self, LedgerVerify.self, LedgerExport.self,
            LedgerSweep.self, LedgerBackup.self, LedgerServe.self,
        ])
}
