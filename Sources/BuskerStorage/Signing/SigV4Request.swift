// A request as it will be sent, to be signed.

public import HTTPTypes

/// What a version 4 signature is made of: a method, an address and headers, exactly as they will be sent.
public struct SigV4Request: Sendable {
    /// The method.
    public var method: HTTPRequest.Method
    /// Where the request goes.
    public var host: SigV4Host
    /// The path as it is sent, percent-encoded; an empty one is sent as `/`.
    public var path: String
    /// The parameters, in the order they are sent.
    public var query: [QueryItem]
    /// The headers without `Host`, duplicates in the order they are sent.
    public var headers: HTTPFields

    /// Makes a request.
    public init(
        method: HTTPRequest.Method, host: SigV4Host, path: String, query: [QueryItem] = [], headers: HTTPFields = [:]
    ) {
        self.method = method
        self.host = host
        self.path = path
        self.query = query
        self.headers = headers
    }

    /// The whole address.
    public var url: String {
        let address = "\(host.scheme)://\(host.authority)\(path.hasPrefix("/") ? "" : "/")\(path)"
        return query.isEmpty ? address : "\(address)?\(QueryItem.joined(query))"
    }
}
