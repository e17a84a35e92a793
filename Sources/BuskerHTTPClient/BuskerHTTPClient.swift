// The transport on async-http-client.
