// Holds the place of the tests to come.
