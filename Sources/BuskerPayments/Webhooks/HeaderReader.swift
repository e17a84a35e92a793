// Takes single header values, bounded and without surprises.

import BuskerCore
import HTTPTypes

extension HTTPFields {
    /// The bytes of the one value of a header.
    ///
    /// - Throws: ``WebhookError`` with `missingHeader` when it is absent or empty, with `malformedHeader` when it is there more
    ///   than once or longer than ``WebhookLimits/headerBytesMax``.
    func single(_ name: HTTPField.Name?) throws(WebhookError) -> [UInt8] {
        guard let name else { throw WebhookError(.missingHeader, "The header has no name.") }
        var found: String?
        for field in self[fields: name] {
            guard found == nil else {
                throw WebhookError(.malformedHeader, "The header \(name.canonicalName) is there more than once.")
            }
            found = field.value
        }
        guard let found else {
            throw WebhookError(.missingHeader, "The header \(name.canonicalName) is missing.")
        }
        guard found.utf8.count <= WebhookLimits.headerBytesMax else {
            throw WebhookError(
                .malformedHeader,
                "The header \(name.canonicalName) has more than \(WebhookLimits.headerBytesMax) bytes.")
        }
        let value = Array(found.utf8)
        guard value.contains(where: { !$0.isWhiteSpace }) else {
            throw WebhookError(.missingHeader, "The header \(name.canonicalName) is empty.")
        }
        return value
    }
}

extension UInt8 {
    /// Whether the byte is white space in ASCII.
    var isWhiteSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }

    /// Whether the byte is a digit.
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}

/// Seconds since 1970 as a header writes them.
enum SignedSeconds {
    /// Reads one to twenty digits and nothing else; what does not fit is held at the end of the range.
    static func parse(_ text: some Collection<UInt8>) throws(WebhookError) -> Int64 {
        guard (1...20).contains(text.count), text.allSatisfy(\.isDigit) else {
            throw WebhookError(.malformedHeader, "The signed moment is not a whole number of seconds.")
        }
        var seconds: Int64 = 0
        for digit in text {
            let (shifted, high) = seconds.multipliedReportingOverflow(by: 10)
            let (sum, over) = shifted.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            if high || over { return .max }
            seconds = sum
        }
        return seconds
    }
}
