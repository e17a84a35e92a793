// Credits as they are sold.

public import BuskerCore

/// A number of credits at a price, in one version; what was bought once can always be granted as it was sold.
public struct CreditPackage: Sendable, Hashable {
    /// The host's name of the package, such as `starter`: 1 to 100 of `A-Z a-z 0-9 . _ - : /`.
    public let id: String
    /// The version, from 1 upward without gaps.
    public let version: Int
    /// What buyers read.
    ///
    /// 1 to 100 bytes.
    public let name: String
    /// What it costs.
    public let price: Money
    /// What is bought.
    public let credits: Amount
    /// What is given on top, as promotional credit; nothing where it is 0.
    public let bonus: Amount
    /// How many seconds after the purchase what was bought ends; `nil` for never.
    public let lifetimeSeconds: Int64?
    /// How many seconds after the purchase the bonus ends; `nil` for never.
    public let bonusLifetimeSeconds: Int64?

    /// Makes a version of a package.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` that names what is out of range.
    public init(
        _ id: String, version: Int = 1, name: String, price: Money, credits: Amount, bonus: Amount? = nil,
        lifetimeSeconds: Int64? = nil, bonusLifetimeSeconds: Int64? = nil
    ) throws(LedgerError) {
        let bonus = bonus ?? Amount(steps: 0, unit: credits.unit)
        guard RateCard.allows(id) else {
            throw .pricing("A package is called by 1 to 100 of A-Z a-z 0-9 . _ - : and /.")
        }
        guard (1...1_000_000_000).contains(version) else { throw .pricing("The versions of a package begin at 1.") }
        guard NameRule.holds(name, bytesMax: 100) else { throw .pricing("The name of a package has 1 to 100 bytes.") }
        guard (0...LedgerLimits.amountMax).contains(price.minorUnits) else {
            throw .pricing("The price of a package is not negative.")
        }
        guard (1...LedgerLimits.amountMax).contains(credits.steps), (0...LedgerLimits.amountMax).contains(bonus.steps)
        else { throw .pricing("A package holds at least one step of credit, and no negative bonus.") }
        guard bonus.unit == credits.unit else {
            throw LedgerError(.unitMismatch, "The bonus is in \(bonus.unit), the package in \(credits.unit).")
        }
        for seconds in [lifetimeSeconds, bonusLifetimeSeconds] {
            guard (1...PricingLimits.lifetimeSecondsMax).contains(seconds ?? 1) else {
                throw .pricing("Credit of a package lasts from a second to 100 years.")
            }
        }
        self.id = id
        self.version = version
        self.name = name
        self.price = price
        self.credits = credits
        self.bonus = bonus
        self.lifetimeSeconds = lifetimeSeconds
        self.bonusLifetimeSeconds = bonusLifetimeSeconds
    }

    /// The package and version as commands carry them: `starter@1`.
    public var reference: String { "\(id)@\(version)" }
}

/// The packages that are on offer, each in one version.
public struct PriceList: Sendable, Hashable {
    /// The packages, the cheapest first.
    public let packages: [CreditPackage]

    /// Makes a list.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` when a package is on it twice.
    public init(_ packages: [CreditPackage]) throws(LedgerError) {
        guard Set(packages.map(\.id)).count == packages.count else {
            throw .pricing("A price list offers each package in one version.")
        }
        self.packages = packages.sorted { a, b in
            (a.price.currency.code, a.price.minorUnits, a.id) < (b.price.currency.code, b.price.minorUnits, b.id)
        }
    }

    /// The package of an id.
    public func package(_ id: String) -> CreditPackage? { packages.first { $0.id == id } }

    /// A sample: Starter 100 credits for 5 dollars, Basic 250 for 10, Professional 500 for 18, Enterprise 1,000 for 30;
    /// they never end.
    ///
    /// `unit` is the host's unit of credits.
    ///
    /// - Throws: ``LedgerError`` when the unit is so fine that 1,000 credits leave its range.
    public static func classic(_ unit: Amount.Unit) throws(LedgerError) -> PriceList {
        try sample(
            unit,
            [
                ("starter", "Starter", 100, 5_00), ("basic", "Basic", 250, 10_00),
                ("professional", "Professional", 500, 18_00), ("enterprise", "Enterprise", 1_000, 30_00),
            ])
    }

    /// A sample for small purchases: 5 credits for 1 dollar, 25 for 4, 100 for 15; meant for a unit with 2 decimals.
    ///
    /// - Throws: ``LedgerError`` when the unit is so fine that 100 credits leave its range.
    public static func small(_ unit: Amount.Unit) throws(LedgerError) -> PriceList {
        try sample(
            unit, [("five", "5 credits", 5, 1_00), ("25", "25 credits", 25, 4_00), ("100", "100 credits", 100, 15_00)])
    }

    private static func sample(
        _ unit: Amount.Unit, _ rows: [(id: String, name: String, credits: Int64, cents: Int64)]
    ) throws(LedgerError) -> PriceList {
        var packages: [CreditPackage] = []
        do {
            let dollar = try Currency("USD")
            for row in rows {
                let credits = try Amount(parsing: String(row.credits), unit: unit)
                packages.append(
                    try CreditPackage(
                        row.id, name: row.name, price: Money(minorUnits: row.cents, currency: dollar), credits: credits)
                )
            }
        } catch let error as LedgerError {
            throw error
        } catch {
            throw .pricing("The unit \(unit) cannot count 1,000 credits.")
        }
        return try PriceList(packages)
    }
}

/// What a purchase granted.
public struct PurchaseReceipt: Sendable, Hashable {
    /// What was bought.
    public let package: CreditPackage
    /// The payment.
    public let payment: String
    /// The grant of what was bought.
    public let credits: Receipt
    /// The grant of the bonus; `nil` when the package has none.
    public let bonus: Receipt?
    /// Whether the payment had been granted before and these are the receipts of then.
    public var replayed: Bool { credits.replayed }
}
