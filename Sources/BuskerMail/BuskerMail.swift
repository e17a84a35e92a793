// Send mail through SMTP, with an outbox.
