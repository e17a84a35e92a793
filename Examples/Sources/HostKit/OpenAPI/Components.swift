// The shapes that more than one route answers with.

/// The named schemas of the document.
enum Components {
    static let all: [(String, Schema)] = [
        (
            "Problem",
            .object([
                ("type", .text()), ("title", .text()), ("status", .integer()), ("detail", .text()), ("code", .text()),
                ("request_id", .text()), ("reason?", .text()),
            ])
        ),
        (
            "User",
            .object([
                ("id", .text()), ("email", .text()), ("role", .choice(["user", "admin"])), ("email_verified", .flag),
                ("disabled", .flag), ("created_at", .time),
            ])
        ),
        (
            "Balance",
            .object([
                ("unit", .text()), ("available", .credits), ("held", .credits), ("posted", .credits),
                ("debt", .credits), ("expiring", .list(.object([("amount", .credits), ("expires_at", .time)]))),
            ])
        ),
        (
            "Session",
            .object([
                ("access_token", .text()), ("token_type", .text()), ("expires_in", .integer()),
                ("refresh_token", .text()), ("user", .reference("User")), ("balance", .reference("Balance")),
            ])
        ),
        (
            "Key",
            .object([
                ("id", .text()), ("prefix", .text()), ("name", .text()), ("scopes", .list(.text())),
                ("created_at", .time), ("expires_at", Schema.time.orNull), ("revoked_at", Schema.time.orNull),
                ("used_at", Schema.time.orNull),
            ])
        ),
        (
            "Money",
            .object([("amount_minor", .integer()), ("currency", .text()), ("text", .text())])
        ),
        (
            "Package",
            .object([
                ("id", .text()), ("name", .text()), ("credits", .credits), ("bonus", .credits),
                ("price", .reference("Money")),
            ])
        ),
        (
            "Purchase",
            .object([
                ("purchase_id", .text()), ("status", .text()), ("processing", .flag),
                ("checkout_url", Schema.text().orNull), ("package", .reference("Package")), ("created_at", .time),
                ("refunded", .reference("Money")),
            ])
        ),
        (
            "Entry",
            .object([
                ("seq", .integer()), ("at", .time), ("kind", .text()), ("amount", .credits), ("change", .credits),
                ("balance_after", .credits), ("reference", .text()), ("job_id", Schema.text().orNull),
                ("note", Schema.text().orNull),
            ])
        ),
        (
            "Upload",
            .object([
                ("file_id", .text()), ("name", .text()), ("size", Schema.integer().orNull), ("type", .text()),
                ("state", .text()), ("seconds", Schema.number.orNull), ("created_at", .time),
            ])
        ),
        (
            "Status",
            .object([
                ("job_id", .text()),
                ("status", .choice(["PENDING", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"])),
                ("progress", .number), ("stage", .text()), ("problem", Schema.reference("JobProblem").orNull),
                ("queue_position", Schema.integer().orNull),
            ])
        ),
        (
            "Endpoint",
            .object([
                ("id", .text()), ("url", .text()), ("events", .list(.text())), ("created_at", .time),
                ("failing_since", Schema.time.orNull), ("disabled_at", Schema.time.orNull),
                ("reason", Schema.text().orNull),
            ])
        ),
        ("JobProblem", .object([("code", .text()), ("detail", .text()), ("reason", .text())])),
        (
            "Output",
            .object([
                ("name", .text()), ("stem", .text()), ("type", .text()), ("size", .integer()), ("sha256", .text()),
                ("seconds", Schema.number.orNull),
            ])
        ),
        (
            "Job",
            .object([
                ("job_id", .text()), ("status", .text()), ("progress", .number), ("stage", .text()),
                ("work", .text()), ("options", .texts), ("file", Schema.reference("Upload").orNull),
                ("created_at", .time),
                ("started_at", Schema.time.orNull), ("ended_at", Schema.time.orNull), ("cost", .credits),
                ("charged", Schema.credits.orNull), ("expires_at", Schema.time.orNull),
                ("outputs", .list(.reference("Output"))),
            ])
        ),
        (
            "Accepted",
            .object([
                ("job_id", .text()), ("file_id", Schema.text().orNull), ("status", .text()), ("cost", .credits),
                ("balance", .reference("Balance")),
            ])
        ),
        (
            "Work",
            .object([
                ("work", .text()), ("standard", .flag), ("needs_file", .flag), ("offers", .list(.reference("Offer"))),
            ])
        ),
        (
            "Offer",
            .object([
                ("model", Schema.text().orNull), ("stems", .list(.text())), ("sample_rate", Schema.integer().orNull),
                ("options", .list(.reference("Option"))),
                (
                    "prices",
                    .list(.object([("meter", .text()), ("per", .text()), ("price", Schema.credits.orNull)]))
                ),
            ])
        ),
        (
            "Option",
            .object([
                ("name", .text()), ("type", .choice(["choice", "whole", "text", "second"])),
                ("values?", .list(.text())), ("min?", .text()), ("max?", .text()), ("bytes_max?", .integer()),
                ("usual", Schema.text().orNull),
            ])
        ),
    ]
}
