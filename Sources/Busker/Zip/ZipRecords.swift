// The records of a zip, byte by byte.

import BuskerCore

/// Writes the records of APPNOTE.TXT 6.3; every number is little-endian.
enum ZipRecords {
    /// Date and time as MS-DOS writes them.
    struct Stamp {
        let time: UInt16
        let date: UInt16
    }

    private static let largest: Int64 = 0xFFFF_FFFF
    /// Names are UTF-8.
    private static let flags: UInt16 = 0x0800

    /// A moment in UTC to the even second, from 1980 to 2107.
    static func stamp(_ time: Timestamp) -> Stamp {
        let earliest: Int64 = 315_532_800
        let latest: Int64 = 4_354_819_198
        let seconds = min(max(time.microseconds / 1_000_000, earliest), latest)
        let (days, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let day = CivilDate(daysSince1970: days)
        return Stamp(
            time: UInt16(second / 3_600) << 11 | UInt16(second / 60 % 60) << 5 | UInt16(second % 60 / 2),
            date: UInt16(day.year - 1980) << 9 | UInt16(day.month) << 5 | UInt16(day.day))
    }

    /// What stands before the bytes of a file (section 4.3.7).
    static func header(_ entry: StoredZip.Entry, _ stamp: Stamp) -> [UInt8] {
        let isLarge = entry.size >= largest
        var out: [UInt8] = []
        put(UInt32(0x0403_4B50), &out)
        put(UInt16(isLarge ? 45 : 20), &out)
        common(entry, stamp, sizes: isLarge ? nil : entry.size, &out)
        put(UInt16(isLarge ? 20 : 0), &out)
        out += entry.name
        if isLarge { extra([entry.size, entry.size], &out) }
        return out
    }

    /// What stands behind all files: the directory (4.3.12) and its end (4.3.14 to 4.3.16).
    static func directory(_ entries: [StoredZip.Entry], at offset: Int64, _ stamp: Stamp) -> [UInt8] {
        var out: [UInt8] = []
        for entry in entries {
            let isLarge = entry.size >= largest || entry.offset >= largest
            put(UInt32(0x0201_4B50), &out)
            put(UInt16(3 << 8 | (isLarge ? 45 : 20)), &out)
            put(UInt16(isLarge ? 45 : 20), &out)
            common(entry, stamp, sizes: isLarge ? nil : entry.size, &out)
            put(UInt16(isLarge ? 28 : 0), &out)
            for _ in 0..<3 { put(UInt16(0), &out) }
            // A regular file that everybody may read, as Unix writes it.
            put(UInt32(0o100644) << 16, &out)
            put(UInt32(isLarge ? largest : entry.offset), &out)
            out += entry.name
            if isLarge { extra([entry.size, entry.size, entry.offset], &out) }
        }
        end(entries.count, offset, Int64(out.count), &out)
        return out
    }

    private static func common(
        _ entry: StoredZip.Entry, _ stamp: Stamp, sizes: Int64?, _ out: inout [UInt8]
    ) {
        put(flags, &out)
        put(UInt16(0), &out)
        put(stamp.time, &out)
        put(stamp.date, &out)
        put(entry.crc32, &out)
        put(UInt32(sizes ?? largest), &out)
        put(UInt32(sizes ?? largest), &out)
        put(UInt16(entry.name.count), &out)
    }

    /// The numbers that do not fit into 32 bits (4.5.3).
    private static func extra(_ numbers: [Int64], _ out: inout [UInt8]) {
        put(UInt16(1), &out)
        put(UInt16(8 * numbers.count), &out)
        for number in numbers { put(UInt64(number), &out) }
    }

    private static func end(_ count: Int, _ offset: Int64, _ size: Int64, _ out: inout [UInt8]) {
        let isLarge = offset >= largest || size >= largest
        if isLarge {
            let place = offset + size
            put(UInt32(0x0606_4B50), &out)
            put(UInt64(44), &out)
            put(UInt16(3 << 8 | 45), &out)
            put(UInt16(45), &out)
            put(UInt32(0), &out)
            put(UInt32(0), &out)
            for number in [Int64(count), Int64(count), size, offset] { put(UInt64(number), &out) }
            put(UInt32(0x0706_4B50), &out)
            put(UInt32(0), &out)
            put(UInt64(place), &out)
            put(UInt32(1), &out)
        }
        put(UInt32(0x0605_4B50), &out)
        put(UInt32(0), &out)
        put(UInt16(count), &out)
        put(UInt16(count), &out)
        put(UInt32(isLarge ? largest : size), &out)
        put(UInt32(isLarge ? largest : offset), &out)
        put(UInt16(0), &out)
    }

    private static func put<Number: FixedWidthInteger>(_ number: Number, _ out: inout [UInt8]) {
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            out.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}
