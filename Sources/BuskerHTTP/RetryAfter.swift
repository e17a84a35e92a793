// What another server says about when to come back.

package import BuskerCore

/// The header `Retry-After` of RFC 9110, section 10.2.3.
package enum RetryAfter {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// How long to wait from now on; nothing when the text is neither a number of seconds nor a date.
    ///
    /// A date that has passed is no wait at all. Dates of the two obsolete forms are not read.
    package static func wait(_ text: String, at now: Timestamp) -> Duration? {
        let text = text.utf8.drop { $0 == 0x20 || $0 == 0x09 }
        if let seconds = number(text, most: 10) { return .seconds(seconds) }
        guard let date = date(Array(text)) else { return nil }
        return .microseconds(max(now.microseconds(until: date), 0))
    }

    /// A date such as `Sun, 06 Nov 1994 08:49:37 GMT`; the day of the week is not compared.
    package static func date(_ text: [UInt8]) -> Timestamp? {
        guard text.count == 29, text[3...4].elementsEqual(", ".utf8), text[25...].elementsEqual(" GMT".utf8),
            text[7] == 0x20, text[11] == 0x20, text[16] == 0x20, text[19] == 0x3A, text[22] == 0x3A,
            let month = months.firstIndex(where: { text[8...10].elementsEqual($0.utf8) }),
            let day = number(text[5...6]), let year = number(text[12...15]),
            let date = CivilDate(year: year, month: Int64(month) + 1, day: day),
            let hour = number(text[17...18]), let minute = number(text[20...21]), let second = number(text[23...24]),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let seconds = hour * 3600 + minute * 60 + second
        return Timestamp(microseconds: date.daysSince1970 * CivilDate.microsecondsOfDay + seconds * 1_000_000)
    }

    /// A number made of digits only.
    private static func number(_ digits: some Collection<UInt8>, most: Int = 4) -> Int64? {
        guard !digits.isEmpty, digits.count <= most else { return nil }
        var value: Int64 = 0
        for byte in digits {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
