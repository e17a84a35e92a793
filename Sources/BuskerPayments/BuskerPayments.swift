// Verify payments and receive webhooks.
