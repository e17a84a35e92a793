// Reads the head of a response within bounds.

import BuskerHTTP
import HTTPTypes
import NIOHTTP1

enum ResponseHead {
    /// The head in the types of the transport.
    ///
    /// - Throws: `HTTPError` with `malformedResponse` when it is too large or is none.
    static func read(
        _ head: HTTPResponseHead, method: HTTPRequest.Method, bytesMax: Int
    ) throws(HTTPError) -> Exchange.Head {
        guard (100...999).contains(head.status.code) else {
            throw HTTPError(.malformedResponse, "The status of the response is no number of three digits.")
        }
        var fields = HTTPFields()
        var bytes = 0
        for (name, value) in head.headers {
            bytes += name.utf8.count + value.utf8.count
            guard bytes <= bytesMax else {
                throw HTTPError(.malformedResponse, "The head of the response has more than \(bytesMax) bytes.")
            }
            guard let name = HTTPField.Name(name) else {
                throw HTTPError(.malformedResponse, "A header of the response has no name that HTTP knows.")
            }
            fields.append(HTTPField(name: name, value: value))
        }
        let response = HTTPResponse(status: .init(code: Int(head.status.code)), headerFields: fields)
        return Exchange.Head(response: response, length: length(head, method))
    }

    /// How many bytes follow, where that is known.
    private static func length(_ head: HTTPResponseHead, _ method: HTTPRequest.Method) -> Int64? {
        if method == .head || head.status == .noContent || head.status == .notModified { return 0 }
        guard !head.headers.contains(name: "transfer-encoding"),
            let text = head.headers.first(name: "content-length"), let length = Int64(text), length >= 0
        else { return nil }
        return length
    }
}
