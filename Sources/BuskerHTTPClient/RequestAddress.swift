// The address of a request as one text, when it is one that can be asked.

import BuskerHTTP
import HTTPTypes

/// Puts scheme, authority and path together, without letting one reach into another.
enum RequestAddress {
    static func text(_ request: HTTPRequest) throws(HTTPError) -> String {
        guard let scheme = request.scheme, scheme == "http" || scheme == "https" else {
            throw HTTPError(.badRequest, "The address needs the scheme https or http.")
        }
        guard let authority = request.authority, isAuthority(authority) else {
            throw HTTPError(.badRequest, "The address needs a host, perhaps a port, and no name or password before it.")
        }
        guard let path = path(Array((request.path ?? "/").utf8)) else {
            throw HTTPError(
                .badRequest,
                "The path begins with a slash, has only printable ASCII, no fragment, and two digits behind each per cent sign."
            )
        }
        return "\(scheme)://\(authority)\(path)"
    }

    /// Whether the text is a host, an IPv6 address in brackets, or one of them with a port.
    private static func isAuthority(_ text: String) -> Bool {
        guard text.utf8.allSatisfy(isOfAuthority) else { return false }
        let isBracketed = text.hasPrefix("[")
        let host = isBracketed ? text.prefix { $0 != "]" } : text.prefix { $0 != ":" }
        let rest = text.dropFirst(host.count + (isBracketed ? 1 : 0))
        guard host.count > (isBracketed ? 2 : 0), !isBracketed || text.contains("]") else { return false }
        return rest.isEmpty || rest.hasPrefix(":") && UInt16(rest.dropFirst()).map { $0 > 0 } == true
    }

    private static func isOfAuthority(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._:[]".utf8.contains(byte)
        }
    }

    /// The path with the characters escaped that RFC 3986 does not allow there, and nothing escaped twice.
    private static func path(_ path: [UInt8]) -> String? {
        guard path.first == UInt8(ascii: "/") else { return nil }
        var out: [UInt8] = []
        for (at, byte) in path.enumerated() {
            switch byte {
            case UInt8(ascii: "%"):
                guard at + 2 < path.count, isHex(path[at + 1]), isHex(path[at + 2]) else { return nil }
                out.append(byte)
            case UInt8(ascii: "#"), UInt8(ascii: "\\"): return nil
            case _ where "[]\"<>^`{|}".utf8.contains(byte): out += "%\(String(byte, radix: 16, uppercase: true))".utf8
            case 0x21...0x7E: out.append(byte)
            default: return nil
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
