// The limits of pricing.

/// The limits of pricing; every one is named here.
public enum PricingLimits {
    /// The largest quantity of one usage, in base units of its meter: 2^53 − 1.
    public static let quantityMax: Int64 = 9_007_199_254_740_991
    /// The largest digits of a price without its point: 10^15.
    public static let digitsMax: Int64 = 1_000_000_000_000_000
    /// Decimals of a price.
    public static let decimalsMax = 9
    /// Meters on one card.
    public static let metersMax = 100
    /// Tiers of one meter.
    public static let tiersMax = 100
    /// Usages in one quote.
    public static let usagesMax = 1_000
    /// Bytes of a card as JSON.
    public static let bodyBytesMax = 262_144
    /// How deep JSON may nest.
    public static let bodyDepthMax = 16
    /// Rules of one account.
    public static let rulesPerAccountMax = 20
    /// Top-ups of one rule that may be under way at once; one more pauses the rule.
    public static let pendingTopUpsMax = 10
    /// Redemptions that one code may allow one account.
    public static let redemptionsPerAccountMax: Int64 = 1_000
    /// Longest life of bought or given credit, in seconds: 100 years of 365 days.
    public static let lifetimeSecondsMax: Int64 = 3_153_600_000
}
