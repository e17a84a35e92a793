// What stands in the head of a mail.

import BuskerCore

/// Values of headers: ASCII as it is, everything else as encoded words (RFC 2047), no line longer than 76 characters.
enum HeaderText {
    private static let lineMax = 76

    /// Whether a text is one line without control characters.
    static func isLine(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            scalar.value >= 0x20 && scalar.value != 0x7F && !(0x80...0x9F).contains(scalar.value)
                && scalar != "\u{2028}" && scalar != "\u{2029}"
        }
    }

    /// Whether a text is ASCII that can be seen, and spaces.
    static func isASCII(_ text: String) -> Bool { text.utf8.allSatisfy { (0x20...0x7E).contains($0) } }

    /// A header of free text.
    static func unstructured(_ name: String, _ value: String) -> String {
        let isShort = name.utf8.count + 2 + value.utf8.count <= lineMax
        guard isASCII(value), isShort, !value.contains("=?"), value.first != " ", value.last != " " else {
            return "\(name): \(words(value, from: name.utf8.count + 2))\r\n"
        }
        return "\(name): \(value)\r\n"
    }

    /// A header of addresses, each on a line of its own.
    static func addresses(_ name: String, _ addresses: [MailAddress]) -> String {
        let texts = addresses.map { mailbox($0, from: name.utf8.count + 2) }
        return "\(name): \(texts.joined(separator: ",\r\n "))\r\n"
    }

    private static func mailbox(_ address: MailAddress, from column: Int) -> String {
        guard !address.name.isEmpty else { return address.address }
        let plain = address.name.utf8.allSatisfy { isASCII(address.name) && $0 != 0x22 && $0 != 0x5C }
        if plain, column + address.name.utf8.count + 2 <= lineMax, !address.name.contains("=?") {
            return "\"\(address.name)\"\r\n <\(address.address)>"
        }
        return "\(words(address.name, from: column))\r\n <\(address.address)>"
    }

    /// A text as encoded words, none longer than 75 characters and none cut within a character.
    private static func words(_ text: String, from column: Int) -> String {
        var (words, piece, column) = ([String](), [UInt8](), column)
        func room() -> Int { max(1, (lineMax - column - 12) / 4) * 3 }
        func close() {
            words.append("=?UTF-8?B?\(Base64.encode(piece))?=")
            piece = []
            column = 1
        }
        for scalar in text.unicodeScalars {
            let bytes = Array(String(Character(scalar)).utf8)
            if piece.count + bytes.count > room(), !piece.isEmpty { close() }
            piece += bytes
        }
        if !piece.isEmpty || words.isEmpty { close() }
        return words.joined(separator: "\r\n ")
    }

    /// The name of a file as a parameter; one that is not plain ASCII in the form of RFC 2231.
    static func fileName(_ name: String) -> String {
        guard name.utf8.contains(where: { !(0x20...0x7E).contains($0) || $0 == 0x22 || $0 == 0x5C }) else {
            return ";\r\n filename=\"\(name)\""
        }
        var coded = ""
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                coded.unicodeScalars.append(Unicode.Scalar(byte))
            default: coded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return ";\r\n filename*=UTF-8''\(coded)"
    }

    /// A moment as mail writes it (RFC 5322, section 3.3), in UTC.
    static func date(_ moment: Timestamp) -> String {
        let (days, rest) = CivilDate.floorDivide(moment.microseconds, by: CivilDate.microsecondsOfDay)
        let date = CivilDate(daysSince1970: days)
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let weekday = weekdays[Int(CivilDate.floorDivide(days, by: 7).rest)]
        let seconds = rest / 1_000_000
        let time = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { ($0 < 10 ? "0" : "") + String($0) }
        return
            "\(weekday), \(date.day) \(months[Int(date.month) - 1]) \(date.year) \(time.joined(separator: ":")) +0000"
    }
}
