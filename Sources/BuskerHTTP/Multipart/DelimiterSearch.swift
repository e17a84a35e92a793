// Finds a boundary among many bytes.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Looks for a few bytes that begin with a carriage return.
enum DelimiterSearch {
    /// Where the delimiter stands first.
    static func first(_ delimiter: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        var at = start
        while let found = carriageReturn(in: bytes, from: at), found + delimiter.count <= bytes.count {
            if matches(delimiter, bytes, found, delimiter.count) { return found }
            at = found + 1
        }
        return nil
    }

    /// The end of what cannot be a part of the delimiter, whatever follows.
    static func safeEnd(_ delimiter: [UInt8], in bytes: [UInt8], from start: Int) -> Int {
        var at = max(start, bytes.count - delimiter.count + 1)
        while let found = carriageReturn(in: bytes, from: at) {
            if matches(delimiter, bytes, found, bytes.count - found) { return found }
            at = found + 1
        }
        return bytes.count
    }

    private static func matches(_ delimiter: [UInt8], _ bytes: [UInt8], _ start: Int, _ count: Int) -> Bool {
        for offset in 0..<count where bytes[start + offset] != delimiter[offset] { return false }
        return true
    }

    private static func carriageReturn(in bytes: [UInt8], from start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        return unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress, let found = unsafe memchr(base + start, 0x0D, buffer.count - start)
            else {
                return nil
            }
            return unsafe UnsafeRawPointer(found) - base
        }
    }
}
