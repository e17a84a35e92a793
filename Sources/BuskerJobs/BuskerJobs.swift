// Durable jobs: claim, lease, finish once.
