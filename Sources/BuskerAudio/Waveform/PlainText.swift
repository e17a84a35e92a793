// Writes short, repeatable ASCII: whole numbers and decimals.

/// Bytes of text under construction; the same numbers give the same bytes everywhere.
struct PlainText {
    private(set) var bytes: [UInt8] = []

    init(reserving count: Int = 0) { bytes.reserveCapacity(count) }

    var string: String { String(decoding: bytes, as: UTF8.self) }

    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func append(_ character: Unicode.Scalar) { bytes.append(UInt8(truncatingIfNeeded: character.value)) }

    /// A whole number in decimal.
    mutating func append(_ number: Int) {
        if number < 0 { append("-" as Unicode.Scalar) }
        appendDigits(number.magnitude)
    }

    /// `number / 10^places`, without zeros at the end.
    mutating func append(_ number: Int, places: Int) {
        var magnitude = number.magnitude
        var places = places
        while places > 0, magnitude % 10 == 0 {
            magnitude /= 10
            places -= 1
        }
        if number < 0, magnitude > 0 { append("-" as Unicode.Scalar) }
        let scale = (0..<places).reduce(UInt(1)) { (scale, _) in scale * 10 }
        appendDigits(magnitude / scale)
        guard places > 0 else { return }
        append("." as Unicode.Scalar)
        var rest = magnitude % scale
        var unit = scale / 10
        while unit > 0 {
            bytes.append(UInt8(48 + rest / unit))
            rest %= unit
            unit /= 10
        }
    }

    private mutating func appendDigits(_ number: UInt) {
        guard number >= 10 else { return bytes.append(UInt8(48 + number)) }
        appendDigits(number / 10)
        bytes.append(UInt8(48 + number % 10))
    }
}
