// Rows of comma-separated values that spreadsheets cannot mistake for formulas.

/// Builds comma-separated values: RFC 4180 with CRLF, in UTF-8.
///
/// Text that a spreadsheet might take for a formula is given an apostrophe in front, as OWASP advises against CSV injection:
/// text whose first visible character is one of `= + - @`, of their full-width or small forms, or that begins with a tab or
/// the end of a line. Numbers are written as they are, so a negative one stays a number.
package struct CSVText {
    package private(set) var bytes: [UInt8] = []
    private var isAtStart = true

    /// Begins a file, or goes on with one at the beginning of a row.
    package init() {}

    /// A mark that tells old spreadsheets that UTF-8 follows.
    package mutating func addByteOrderMark() { bytes += [0xEF, 0xBB, 0xBF] }

    /// A whole or decimal number, made by the program itself.
    package mutating func add(number text: String?) {
        separate()
        bytes += (text ?? "").utf8
    }

    /// Text from wherever.
    package mutating func add(_ text: String?) {
        separate()
        guard let text, !text.isEmpty else { return }
        let isDangerous = Self.isFormula(text)
        guard isDangerous || Self.needsQuotes(text) else {
            bytes += text.utf8
            return
        }
        bytes.append(UInt8(ascii: "\""))
        if isDangerous { bytes.append(UInt8(ascii: "'")) }
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Ends the row.
    package mutating func endRow() {
        bytes += [0x0D, 0x0A]
        isAtStart = true
    }

    private mutating func separate() {
        if !isAtStart { bytes.append(UInt8(ascii: ",")) }
        isAtStart = false
    }

    private static func needsQuotes(_ text: String) -> Bool {
        if text.utf8.first == UInt8(ascii: " ") || text.utf8.last == UInt8(ascii: " ") { return true }
        return text.utf8.contains { byte in
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\""), 0..<0x20: true
            default: false
            }
        }
    }

    /// Whether a spreadsheet might take the text for a formula.
    static func isFormula(_ text: String) -> Bool {
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A, 0x0D: return true
            case 0x3D, 0x2B, 0x2D, 0x40: return true
            case 0xFF1D, 0xFF0B, 0xFF0D, 0xFF20: return true
            case 0xFE66, 0xFE62, 0xFE63, 0xFE6B, 0x2212: return true
            default: break
            }
            let isUnseen = scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint
            guard isUnseen || scalar.properties.generalCategory == .control else { return false }
        }
        return false
    }
}
