// Rate cards as JSON text.

import BuskerCore

extension RateCard {
    /// The card as canonical JSON: prices and percentages as text, quantities as whole numbers of base units.
    public var json: String { StrictJSON.object(body).text }

    /// Reads a card.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` when the text is not JSON, has members that are not known, is larger than
    ///   256 KiB or is not a valid card.
    public init(json: String) throws(LedgerError) {
        var card = try StrictJSONObject(try StrictJSON(parsing: json), "A card")
        let unit = try Amount.Unit(pricing: card.optional("unit") ?? .null)
        let rounding = try Rounding(pricing: card.optionalText("rounding"), "A card")
        let version = try card.optionalNumber("version") ?? 1
        var meters: [Meter] = []
        for meter in try card.list("meters") { meters.append(try Meter(pricing: meter)) }
        try self.init(
            try card.text("name"), version: Int(version),
            effectiveAt: Timestamp(microseconds: try card.number("effective_us")), unit: unit,
            rounding: rounding ?? .halfUp, meters: meters)
        try card.end()
    }

    private var body: [String: StrictJSON] {
        [
            "name": .text(name), "version": .number(Int64(version)), "effective_us": .number(effectiveAt.microseconds),
            "unit": unit.pricing, "rounding": .text(rounding.rawValue), "meters": .list(meters.map(\.pricing)),
        ]
    }
}

extension Amount.Unit {
    var pricing: StrictJSON {
        .object(["code": .text(code), "scale": .number(Int64(scale)), "kind": .text(kind.rawValue)])
    }

    init(pricing json: StrictJSON) throws(LedgerError) {
        var object = try StrictJSONObject(json, "A unit")
        let kind = Kind(rawValue: try object.optionalText("kind") ?? Kind.credit.rawValue)
        guard let kind else { throw .pricing("A unit is of the kind credit or money.") }
        let scale = try object.number("scale")
        let code = try object.text("code")
        try object.end()
        do {
            try self.init(code: code, scale: Int(scale), kind: kind)
        } catch {
            throw .pricing(error.detail)
        }
    }
}

extension Rounding {
    init?(pricing text: String?, _ what: String) throws(LedgerError) {
        guard let text else { return nil }
        guard let rounding = Rounding(rawValue: text) else {
            throw .pricing("\(what) is rounded up, down, halfUp or halfEven.")
        }
        self = rounding
    }
}

extension Meter {
    var pricing: StrictJSON {
        var body: [String: StrictJSON] = ["name": .text(name), "measure": measure.pricing, "price": price.pricing]
        if let free { body["free"] = free.pricing }
        if !discount.isZero { body["discount"] = .text(discount.description) }
        if let maximum { body["maximum"] = .text(maximum.description) }
        if let minimum { body["minimum"] = .text(minimum.description) }
        return .object(body)
    }

    init(pricing json: StrictJSON) throws(LedgerError) {
        var object = try StrictJSONObject(json, "A meter")
        self.init(
            try object.text("name"), try object.optional("measure").map(Measure.init(pricing:)) ?? .jobs,
            free: try object.optional("free").map(FreeQuota.init(pricing:)),
            price: try Price(pricing: object.optional("price") ?? .null),
            discount: try object.optionalDecimal("discount") ?? .zero,
            maximum: try object.optionalDecimal("maximum"), minimum: try object.optionalDecimal("minimum"))
        try object.end()
    }
}

extension Measure {
    var pricing: StrictJSON {
        .object([
            "name": .text(name), "base": .text(base), "unit": .number(unit), "step": .number(step),
            "rounding": .text(rounding.rawValue), "minimum": .number(minimum),
        ])
    }

    init(pricing json: StrictJSON) throws(LedgerError) {
        var object = try StrictJSONObject(json, "A measure")
        try self.init(
            try object.text("name"), base: try object.text("base"), unit: try object.optionalNumber("unit") ?? 1,
            step: try object.optionalNumber("step"),
            rounding: try Rounding(pricing: object.optionalText("rounding"), "A measure") ?? .up,
            minimum: try object.optionalNumber("minimum") ?? 0)
        try object.end()
    }
}

extension FreeQuota {
    var pricing: StrictJSON {
        .object(["per_job": .number(perJob), "per_period": .number(perPeriod), "period": period.pricing])
    }

    init(pricing json: StrictJSON) throws(LedgerError) {
        var object = try StrictJSONObject(json, "A free quota")
        try self.init(
            perJob: try object.optionalNumber("per_job") ?? 0, perPeriod: try object.optionalNumber("per_period") ?? 0,
            period: try object.optional("period").map(QuotaPeriod.init(pricing:)) ?? .month())
        try object.end()
    }
}

extension QuotaPeriod {
    var pricing: StrictJSON {
        switch self {
        case .day(let offset):
            .object(["every": .text("day"), "offset_s": .number(offset)])
        case .month(let startDay, let offset):
            .object(["every": .text("month"), "start_day": .number(Int64(startDay)), "offset_s": .number(offset)])
        case .interval(let anchor, let seconds):
            .object([
                "every": .text("interval"), "anchor_us": .number(anchor.microseconds), "seconds": .number(seconds),
            ])
        }
    }

    init(pricing json: StrictJSON) throws(LedgerError) {
        var object = try StrictJSONObject(json, "A period")
        switch try object.text("every") {
        case "day":
            self = .day(offsetSeconds: try object.optionalNumber("offset_s") ?? 0)
        case "month":
            self = .month(
                startDay: Int(try object.optionalNumber("start_day") ?? 1),
                offsetSeconds: try object.optionalNumber("offset_s") ?? 0)
        case "interval":
            self = .interval(
                anchor: Timestamp(microseconds: try object.number("anchor_us")), seconds: try object.number("seconds"))
        default:
            throw .pricing("A period is every day, month or interval.")
        }
        try object.end()
    }
}

extension Price {
    var pricing: StrictJSON {
        switch self {
        case .flat(let price): .object(["flat": .text(price.description)])
        case .perUnit(let rate): .object(["per_unit": .text(rate.description)])
        case .package(let size, let price):
            .object(["package": .text(price.description), "size": .number(size)])
        case .graduated(let tiers): .object(["graduated": .list(tiers.map(\.pricing))])
        case .volume(let tiers): .object(["volume": .list(tiers.map(\.pricing))])
        }
    }

    init(pricing json: StrictJSON) throws(LedgerError) {
        var object = try StrictJSONObject(json, "A price")
        if let price = try object.optionalDecimal("flat") {
            self = .flat(price)
        } else if let rate = try object.optionalDecimal("per_unit") {
            self = .perUnit(rate)
        } else if let price = try object.optionalDecimal("package") {
            self = .package(size: try object.number("size"), price)
        } else if let tiers = try Self.tiers(&object, "graduated") {
            self = .graduated(tiers)
        } else if let tiers = try Self.tiers(&object, "volume") {
            self = .volume(tiers)
        } else {
            throw .pricing("A price is flat, per_unit, package, graduated or volume.")
        }
        try object.end()
    }

    private static func tiers(_ object: inout StrictJSONObject, _ name: String) throws(LedgerError) -> [Tier]? {
        guard let json = object.optional(name) else { return nil }
        guard case .list(let values) = json else { throw .pricing("\(name) is a list of tiers.") }
        var tiers: [Tier] = []
        for value in values { tiers.append(try Tier(pricing: value)) }
        return tiers
    }
}

extension Tier {
    var pricing: StrictJSON {
        var body: [String: StrictJSON] = ["rate": .text(rate.description)]
        if let upTo { body["up_to"] = .number(upTo) }
        if !flat.isZero { body["flat"] = .text(flat.description) }
        return .object(body)
    }

    init(pricing json: StrictJSON) throws(LedgerError) {
        var object = try StrictJSONObject(json, "A tier")
        self.init(
            upTo: try object.optionalNumber("up_to"), rate: try object.decimal("rate"),
            flat: try object.optionalDecimal("flat") ?? .zero)
        try object.end()
    }
}
