// Requests and responses as a log may show them.

public import HTTPTypes

/// A line for a log that shows no secret: what is not known to be harmless is hidden.
///
/// Bodies are never shown, of the query only the names, and of the headers only the values on a short list; so signatures,
/// keys, cookies and tokens stay out, also those of a provider that nobody has thought of yet.
public enum HTTPLog {
    /// Headers whose values are shown.
    static let shown: Set<String> = [
        "accept", "accept-ranges", "allow", "cache-control", "connection", "content-encoding", "content-length",
        "content-range", "content-type", "date", "host", "paypal-debug-id", "polar-version", "range", "request-id",
        "retry-after", "server", "square-version", "stripe-should-retry", "stripe-version", "transfer-encoding",
        "user-agent", "x-amz-request-id", "x-request-id",
    ]

    /// Beginnings of a part of a path that is a secret.
    static let secretPrefixes = ["sk_", "rk_", "whsec_", "polar_cl_", "polar_oat_", "polar_whs_"]

    /// The most characters of one value.
    private static let valueMax = 200
    /// The most headers and the most names of a query.
    private static let countMax = 40

    /// A request: method, address and headers.
    public static func line(_ request: HTTPRequest) -> String {
        let authority = request.authority.map { $0.split(separator: "@", omittingEmptySubsequences: false).last ?? "" }
        let place = "\(request.scheme.map(clean) ?? "")://\(clean(authority ?? ""))\(path(request.path ?? "/"))"
        return "\(clean(request.method.rawValue)) \(place) \(headers(request.headerFields))"
    }

    /// A response: status and headers.
    public static func line(_ response: HTTPResponse) -> String {
        "\(response.status.code) \(headers(response.headerFields))"
    }

    /// A path with the names of its query.
    static func path(_ path: String) -> String {
        let parts = path.prefix { $0 != "#" }.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let steps = parts.first?.split(separator: "/", omittingEmptySubsequences: false) ?? []
        let shown = steps.prefix(countMax).map { isSecret($0) ? "(hidden)" : clean($0) }.joined(separator: "/")
        guard parts.count > 1 else { return shown }
        let pairs = parts[1].split(separator: "&")
        let names = pairs.prefix(countMax).map { pair in
            guard let end = pair.firstIndex(of: "=") else { return "(hidden)" }
            return clean(pair[..<end]) + "=(hidden)"
        }
        return shown + "?" + names.joined(separator: "&") + (pairs.count > countMax ? "&…" : "")
    }

    private static func headers(_ fields: HTTPFields) -> String {
        let shown = fields.prefix(countMax).map { field in
            let known = Self.shown.contains(field.name.canonicalName)
            return "\(clean(field.name.rawName)): \(known ? clean(field.value) : "(hidden)")"
        }
        return "[" + shown.joined(separator: ", ") + (fields.count > countMax ? ", …" : "") + "]"
    }

    private static func isSecret(_ step: Substring) -> Bool {
        step.contains("secret") || step.contains { $0 == "@" || $0 == ":" }
            || secretPrefixes.contains { step.hasPrefix($0) }
    }

    /// Text on one line and not too long.
    private static func clean(_ text: some StringProtocol) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(valueMax) {
            out.append((0x20..<0x7F).contains(scalar.value) ? scalar : "?")
        }
        return String(out) + (text.unicodeScalars.count > valueMax ? "…" : "")
    }
}

extension HTTPCall: CustomStringConvertible, CustomReflectable {
    /// What a log may show; see ``HTTPLog``.
    public var description: String { "\(HTTPLog.line(request)) \(body)" }

    /// The same, so that dumping a call shows no secret either.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

extension HTTPAnswer: CustomStringConvertible, CustomReflectable {
    /// What a log may show; see ``HTTPLog``.
    public var description: String { "\(HTTPLog.line(response)) \(body)" }

    /// The same, so that dumping an answer shows no secret either.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

extension HTTPBody: CustomStringConvertible, CustomReflectable {
    /// The length; the bytes are not shown.
    public var description: String { length.map { "\($0) bytes" } ?? "bytes that follow" }

    /// The same, so that dumping a body shows no byte of it.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
