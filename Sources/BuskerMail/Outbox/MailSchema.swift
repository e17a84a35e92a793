// The table of mail.

public import BuskerDatabase

/// The table of the outbox, step by step; times are microseconds since 1970.
public enum MailSchema {
    /// The steps, in order.
    public static let migrations: [Migration] = [
        Migration(room: "mail", version: 1, name: "outbox", statements: outbox)
    ]

    /// `attempts` is the fence: who sent a mail settles it only while nobody else has taken it up since.
    ///
    /// The body is gone once the mail is sent, because it may hold links that log people in.
    private static func outbox(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE mail_outbox (
                id \(d.bytes) PRIMARY KEY, mail_key TEXT NOT NULL, sender TEXT NOT NULL, recipients TEXT NOT NULL,
                subject TEXT NOT NULL, body \(d.bytes), state TEXT NOT NULL, attempts \(d.integer) NOT NULL,
                created_us \(d.integer) NOT NULL, until_us \(d.integer) NOT NULL, due_us \(d.integer),
                done_us \(d.integer), problem TEXT,
                CONSTRAINT mail_outbox_whole CHECK (
                    state = 'waiting' AND due_us IS NOT NULL AND body IS NOT NULL
                    OR state IN ('sent', 'dead') AND due_us IS NULL AND done_us IS NOT NULL)
            )\(d.strictChanging)
            """,
            "CREATE UNIQUE INDEX mail_outbox_key ON mail_outbox (mail_key)",
            "CREATE INDEX mail_outbox_due ON mail_outbox (due_us) WHERE due_us IS NOT NULL",
            "CREATE INDEX mail_outbox_done ON mail_outbox (done_us) WHERE done_us IS NOT NULL",
        ]
    }
}
