// The limits of downloads.

/// The limits of downloads; numbers outside their range are moved to its nearer end.
public struct DownloadLimits: Sendable, Hashable {
    /// How long a link lives, 10...300 seconds: so long at most a file stays reachable after its money went back.
    public let linkSeconds: Int64
    /// How old the last look at the provider may be when a link is made, 0...3600 seconds; 0 looks each time.
    public let lookSeconds: Int64
    /// How often a link may be used, 1...1000: players and resumed downloads ask more than once.
    public let usesMax: Int
    /// The most purchases whose last look is remembered, 1...1,000,000; others are looked at again.
    public let rememberedMax: Int

    /// Makes limits.
    public init(linkSeconds: Int64 = 120, lookSeconds: Int64 = 60, usesMax: Int = 64, rememberedMax: Int = 10_000) {
        self.linkSeconds = min(max(linkSeconds, 10), 300)
        self.lookSeconds = min(max(lookSeconds, 0), 3600)
        self.usesMax = min(max(usesMax, 1), 1000)
        self.rememberedMax = min(max(rememberedMax, 1), 1_000_000)
    }
}
