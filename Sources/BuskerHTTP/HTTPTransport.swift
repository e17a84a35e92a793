// The seam to the network: whoever is given a transport can speak HTTP, and nobody else.

public import HTTPTypes

/// What carries requests to other servers, such as the client of `BuskerHTTPClient` or a double in a test.
///
/// A transport makes one attempt and follows no redirect; ``HTTPRetry`` decides about more.
public protocol HTTPTransport: Sendable {
    /// Sends a request and answers as soon as the head of the response is there; the body follows while it is read.
    ///
    /// The time limit of the call counts until the last byte of the body. A cancelled task ends the exchange.
    ///
    /// - Throws: ``HTTPError`` when no response came; every status is a response.
    func send(_ call: HTTPCall) async throws(HTTPError) -> HTTPAnswer
}

/// One request: its head, its body and how long all of it may take.
public struct HTTPCall: Sendable {
    /// Method, address and headers.
    public var request: HTTPRequest
    /// What is sent with it.
    public var body: HTTPBody
    /// How long the exchange may take, until the last byte of the answer.
    public var timeLimit: Duration

    /// Makes a call; 80 seconds unless another limit is given.
    public init(_ request: HTTPRequest, body: HTTPBody = .bytes([]), timeLimit: Duration = .seconds(80)) {
        self.request = request
        self.body = body
        self.timeLimit = timeLimit
    }
}

/// The response to a call.
public struct HTTPAnswer: Sendable {
    /// Status and headers.
    public let response: HTTPResponse
    /// What came with it; read it once.
    public let body: HTTPBody

    /// Makes an answer.
    public init(_ response: HTTPResponse, body: HTTPBody = .bytes([])) {
        self.response = response
        self.body = body
    }
}
