// The numbers of placeholders in a piece of SQL.

/// Moves placeholders out of the way of those that come before them.
enum SQLPlaceholders {
    private enum Place: Equatable {
        case code
        case quoted(UInt8)
        case lineComment
        case blockComment
    }

    /// The text with `shift` added to the number of each placeholder; quotes, names and comments keep their `$`.
    static func shift(_ text: String, by shift: Int) -> String {
        guard shift > 0 else { return text }
        var result: [UInt8] = []
        var place = Place.code
        var before: UInt8 = 0  // zero where the byte before says nothing about the next
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            result.append(byte)
            if place == .code, byte == UInt8(ascii: "$"), !before.continuesName {
                let digits = rest.prefix { $0.isDigit }
                rest = rest.dropFirst(digits.count)
                result += number(digits, plus: shift)
                before = 0
            } else {
                let following = next(place, byte, before)
                before = following == place ? byte : 0
                place = following
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func number(_ digits: ArraySlice<UInt8>, plus shift: Int) -> [UInt8] {
        guard let number = Int(String(decoding: digits, as: UTF8.self)) else { return Array(digits) }
        let (sum, overflow) = number.addingReportingOverflow(shift)
        return overflow ? Array(digits) : Array(String(sum).utf8)
    }

    private static func next(_ place: Place, _ byte: UInt8, _ before: UInt8) -> Place {
        switch (place, byte) {
        case (.code, UInt8(ascii: "'")), (.code, UInt8(ascii: "\"")): .quoted(byte)
        case (.code, UInt8(ascii: "-")) where before == byte: .lineComment
        case (.code, UInt8(ascii: "*")) where before == UInt8(ascii: "/"): .blockComment
        case (.quoted(byte), _): .code
        case (.lineComment, UInt8(ascii: "\n")): .code
        case (.blockComment, UInt8(ascii: "/")) where before == UInt8(ascii: "*"): .code
        default: place
        }
    }
}

extension UInt8 {
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    /// Whether a name may go on behind this byte, so that a `$` behind it belongs to the name.
    fileprivate var continuesName: Bool {
        let letter = self | 0x20
        let isLetter = letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "z")
        return isLetter || isDigit || self == UInt8(ascii: "_") || self == UInt8(ascii: "$") || self >= 0x80
    }
}
