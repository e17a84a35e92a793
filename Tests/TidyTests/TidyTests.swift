// Keeps the house in order, from its sources.

import Testing

@Suite struct TidyTests {}
