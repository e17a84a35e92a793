// A moment as signatures write it.

import BuskerCore

/// `YYYYMMDDThhmmssZ` and its first eight characters.
struct SigV4Moment: Sendable, Hashable {
    /// Such as `20260102T030405Z`, in ASCII.
    let text: String
    /// Such as `20260102`.
    let date: String

    /// - Throws: ``StorageError`` with `badRequest` outside of the years 0...9999.
    init(_ time: Timestamp) throws(StorageError) {
        let (days, rest) = CivilDate.floorDivide(time.microseconds, by: CivilDate.microsecondsOfDay)
        let day = CivilDate(daysSince1970: days)
        guard (0...9999).contains(day.year) else {
            throw StorageError(.badRequest, "A request cannot be signed in a year that has not four digits.")
        }
        let second = rest / 1_000_000
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        Self.append(day.year, 4, to: &bytes)
        Self.append(day.month, 2, to: &bytes)
        Self.append(day.day, 2, to: &bytes)
        date = String(decoding: bytes, as: UTF8.self)
        bytes.append(UInt8(ascii: "T"))
        for number in [second / 3600, second / 60 % 60, second % 60] { Self.append(number, 2, to: &bytes) }
        bytes.append(UInt8(ascii: "Z"))
        text = String(decoding: bytes, as: UTF8.self)
    }

    private static func append(_ number: Int64, _ count: Int, to bytes: inout [UInt8]) {
        var divisor: Int64 = count == 4 ? 1000 : 10
        for _ in 0..<count {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor = max(1, divisor / 10)
        }
    }
}
