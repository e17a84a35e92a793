// The servers that the suite asks too, where the environment names some.

extension StoreUnderTest {
    /// One store for each server that is named by the environment.
    static let servers: [StoreUnderTest] = []
}
