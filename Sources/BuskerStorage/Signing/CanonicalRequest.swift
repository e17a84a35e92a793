// A request as the text that is hashed and signed.

import HTTPTypes

/// The text of a request that both sides derive, and the names of the headers in it.
struct CanonicalRequest {
    /// The text, in UTF-8.
    let bytes: [UInt8]

    /// Puts the parts together.
    ///
    /// - Parameter headers: from ``signedHeaders(of:)``, `host` among them.
    init(
        _ request: SigV4Request, headers: [(name: String, value: String)], names: String, payload: String,
        rules: SigV4Rules
    ) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        bytes += request.method.rawValue.utf8
        bytes.append(UInt8(ascii: "\n"))
        rules.appendPath(request.path, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        QueryItem.appendCanonical(request.query, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        for header in headers {
            bytes += header.name.utf8
            bytes.append(UInt8(ascii: ":"))
            bytes += header.value.utf8
            bytes.append(UInt8(ascii: "\n"))
        }
        bytes.append(UInt8(ascii: "\n"))
        bytes += names.utf8
        bytes.append(UInt8(ascii: "\n"))
        bytes += payload.utf8
        self.bytes = bytes
    }

    /// Headers that are never signed, because servers between sender and store write them anew.
    static let unsigned: Set<String> = [
        "authorization", "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
        "accept-encoding",
    ]

    /// The headers that are signed, by name: values trimmed, runs of white space made one space, duplicates joined in order.
    static func signedHeaders(of request: SigV4Request) -> [(name: String, value: String)] {
        var found = [(name: "host", value: request.host.signed)]
        for field in request.headers {
            let name = field.name.canonicalName
            guard name != "host", !unsigned.contains(name) else { continue }
            let value = collapsed(field.value)
            if let at = found.firstIndex(where: { $0.name == name }) {
                found[at].value += "," + value
            } else {
                found.append((name, value))
            }
        }
        return found.sorted { $0.name < $1.name }
    }

    private static func collapsed(_ value: String) -> String {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let words = value.utf8.split(whereSeparator: isBlank)
        guard words.count != 1 || words[0].count != value.utf8.count else { return value }
        return String(decoding: Array(words.joined(separator: CollectionOfOne(0x20 as UInt8))), as: UTF8.self)
    }
}
