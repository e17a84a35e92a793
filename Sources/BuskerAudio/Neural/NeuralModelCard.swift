// What an operator should know about a net before it earns money.

/// A short description of a net whose weights were loaded.
public struct NeuralModelCard: Sendable, Hashable {
    /// The architecture, such as `Open-Unmix`.
    public let architecture: String
    /// The frames a second it was made for, in Hz.
    public let sampleRate: Int
    /// The channels it hears at once.
    public let channels: Int
    /// What it takes a mixture apart into.
    public let stems: [Stem]
    /// How many numbers its weights are.
    public let parameters: Int
    /// Bytes the weights take in memory; all separations of a process share them.
    public let bytes: Int
    /// What is known about the licence of published weights of this architecture.
    public let licence: String
}

/// How the stems of a net become the mixture again.
public enum NeuralSum: Sendable, Hashable {
    /// One stem (the residual, else `other`, else the last) is what the others leave: together they are the mixture.
    case exact
    /// Every stem is what the net says; their sum is near the mixture.
    case free
}
