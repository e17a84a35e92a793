// The JSON of prices: whole numbers only, written in one way.

import BuskerCore

/// A JSON value without fractions: whole numbers only, so that no price can lose a digit. Decimals travel as text.
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
    var text: String {
        var out = ""
        write(to: &out)
        return out
    }

    private func write(to out: inout String) {
        switch self {
        case .null: out += "null"
        case .flag(let flag): out += flag ? "true" : "false"
        case .number(let number): out += String(number)
        case .text(let text): Self.write(text, to: &out)
        case .list(let values):
            out += "["
            for (at, value) in values.enumerated() {
                if at > 0 { out += "," }
                value.write(to: &out)
            }
            out += "]"
        case .object(let members):
            out += "{"
            let names = members.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            for (at, name) in names.enumerated() {
                if at > 0 { out += "," }
                Self.write(name, to: &out)
                out += ":"
                (members[name] ?? .null).write(to: &out)
            }
            out += "}"
        }
    }

    private static func write(_ text: String, to out: inout String) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }
}
