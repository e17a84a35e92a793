// The JSON of prices: whole numbers only, written in one way.

import BuskerCore

/// A JSON value without fractions: whole numbers only, so that no price can lose a digit.
///
/// Decimals travel as text.
///
/// Reading is strict: bounded size and depth, no name twice, nothing behind the value. Writing is canonical: names sorted by
/// their bytes, no spaces, so that equal values have equal texts.
enum StrictJSON: Sendable, Hashable {
    case null
    case flag(Bool)
    case number(Int64)
    case text(String)
    case list([StrictJSON])
    case object([String: StrictJSON])

    /// Reads a text.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` that says at which byte it stops being JSON.
    init(parsing text: String) throws(LedgerError) {
        let limits = JSONLimits(bytesMax: PricingLimits.bodyBytesMax, depthMax: PricingLimits.bodyDepthMax)
        let value: JSONValue
        do {
            value = try JSONValue(parsing: Array(text.utf8), limits: limits)
        } catch {
            throw .pricing("The JSON cannot be read at byte \(error.offset): \(error.detail)")
        }
        try self.init(value)
    }

    private init(_ value: JSONValue) throws(LedgerError) {
        if let text = value.text {
            self = .text(text)
        } else if let flag = value.flag {
            self = .flag(flag)
        } else if let number = value.integer {
            self = .number(number)
        } else if value.isNull {
            self = .null
        } else if let elements = value.elements {
            var list: [StrictJSON] = []
            for element in elements { list.append(try StrictJSON(element)) }
            self = .list(list)
        } else if let named = value.members {
            var members: [String: StrictJSON] = [:]
            for (name, value) in named {
                guard members.updateValue(try StrictJSON(value), forKey: name) == nil else {
                    throw .pricing("The JSON uses a name twice.")
                }
            }
            self = .object(members)
        } else {
            throw .pricing("The JSON holds a number that is not whole or not of 64 bits; write decimals as text.")
        }
    }

    /// The canonical text.
    var text: String { written.description }

    private var written: JSON {
        switch self {
        case .null: .null
        case .flag(let flag): .flag(flag)
        case .number(let number): .number(number)
        case .text(let text): .text(text)
        case .list(let values): .list(values.map(\.written))
        case .object(let members):
            .object(
                members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value.written) }
            )
        }
    }
}
