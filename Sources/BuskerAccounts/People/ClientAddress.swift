// From where a request comes, for counting.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A network address by which attempts are counted: an IPv4 address, or the first 64 bits of an IPv6 address, which is what one
/// subscriber has.
public struct ClientAddress: Sendable, Hashable {
    let bytes: [UInt8]

    /// Reads an address such as `203.0.113.7` or `2001:db8::7`; what is none is counted as it is written, up to 64 bytes.
    public init(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        let head = String(decoding: text.utf8.prefix(64), as: UTF8.self)
        if unsafe inet_pton(AF_INET, head, &four) == 1 {
            bytes = unsafe withUnsafeBytes(of: &four) { unsafe Array($0) }
        } else if unsafe inet_pton(AF_INET6, head, &six) == 1 {
            let all = unsafe withUnsafeBytes(of: &six) { unsafe Array($0) }
            let isMapped = all[..<10].allSatisfy { $0 == 0 } && all[10...11].allSatisfy { $0 == 0xFF }
            bytes = isMapped ? Array(all[12...]) : Array(all[..<8])
        } else {
            bytes = [0] + Array(head.utf8)
        }
    }
}
