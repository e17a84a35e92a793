// What makes one host different from another.

import Busker
import BuskerCore
import BuskerLedger
import BuskerStorage

/// What a host sells, and under which name.
public struct HostPlan: Sendable {
    /// What people call it.
    public var name: String
    /// The unit of its credit.
    public var unit: Amount.Unit
    /// What may be uploaded.
    public var category: UploadCategory
    /// The work that is done when nothing is said.
    public var standardWork: String
    /// What credits cost.
    public var packages: [CreditPackage]
    /// The prices of work; a card is published again whenever its meters change.
    public var cards: [(name: String, meters: [Meter])]
    /// The works, made with what starts the child programs.
    public var works: @Sendable (SoundRunner) -> [any Work]
    /// The page.
    public var page: WebFiles

    /// Describes a host.
    public init(
        name: String, unit: Amount.Unit, category: UploadCategory, standardWork: String, packages: [CreditPackage],
        cards: [(name: String, meters: [Meter])], works: @escaping @Sendable (SoundRunner) -> [any Work],
        page: WebFiles
    ) {
        self.name = name
        self.unit = unit
        self.category = category
        self.standardWork = standardWork
        self.packages = packages
        self.cards = cards
        self.works = works
        self.page = page
    }
}
