// How what may be ordered looks outside.

import Busker
import BuskerCore
import BuskerLedger

extension View {
    static func work(_ work: any Work, isStandard: Bool, _ cards: [String: RateCard]) -> JSON {
        [
            "work": .text(work.kind), "standard": .flag(isStandard), "needs_file": .flag(work.needsFile),
            "offers": .list(work.offers.map { offer($0, cards[$0.card]) }),
        ]
    }

    private static func offer(_ offer: WorkOffer, _ card: RateCard?) -> JSON {
        [
            "model": text(offer.model), "stems": .list(offer.stems.map { .text($0) }),
            "sample_rate": offer.sampleRate.map { .number(Int64($0)) } ?? .null,
            "options": .list(offer.options.map(option)), "prices": .list((card?.meters ?? []).map(price)),
        ]
    }

    private static func option(_ option: WorkOption) -> JSON {
        let values: [(String, JSON?)] =
            switch option.values {
            case .oneOf(let known): [("type", "choice"), ("values", .list(known.map { .text($0) }))]
            // As texts: options are texts, and these may be larger than the numbers that clients can count with.
            case .whole(let range):
                [("type", "whole"), ("min", .text("\(range.lowerBound)")), ("max", .text("\(range.upperBound)"))]
            case .text(let most): [("type", "text"), ("bytes_max", .number(Int64(most)))]
            case .second: [("type", "second")]
            }
        return .object([("name", .text(option.name))] + values + [("usual", text(option.usual))])
    }

    /// One price for each unit; null where it depends on how much is used, or where some of it is free.
    private static func price(_ meter: Meter) -> JSON {
        var rate: ExactDecimal?
        if case .perUnit(let price) = meter.price, meter.free == nil, meter.discount.isZero, meter.maximum == nil,
            meter.minimum == nil
        {
            rate = price
        }
        return [
            "meter": .text(meter.name), "per": .text(meter.measure.name), "price": text(rate?.description),
        ]
    }
}
