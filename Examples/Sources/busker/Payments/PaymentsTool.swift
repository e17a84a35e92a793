// busker payments: webhooks and payments, judged by hand.

import ArgumentParser

/// Everything that can be asked about payments.
struct PaymentsTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payments",
        abstract: "Tell real webhooks and payments from others; speak to a provider that is a double.",
        discussion: """
            Verdicts are JSON objects, one on each line: {"id":"stripe-01","verdict":"accept","reason":"ok","event_id":"evt_1",\
            "type":"payment_intent.succeeded","trust":"full_body"}. A verdict is accept or reject; the reason of a rejection is \
            a code such as signature_mismatch. The trust hint_only means that the signature does not cover the body: fetch what \
            the event names before anything is granted. Secrets and bodies are never shown.

            Exit codes beside those of busker: 10 the one webhook on standard input is refused, 69 the port cannot be opened.
            """,
        subcommands: [VerifyWebhook.self, JudgeIntent.self, FakeServe.self])
}
