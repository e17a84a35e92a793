// Know people: passwords, sessions, tokens, API keys.
