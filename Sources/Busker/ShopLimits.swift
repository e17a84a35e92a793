// The limits of the shop.

/// The limits of the shop; every one is named here.
public struct ShopLimits: Sendable, Hashable {
    /// How many purchases without money an account may make, ever.
    public var freePurchasesMax = 1

    /// The limits as documented.
    public init() {}
}
