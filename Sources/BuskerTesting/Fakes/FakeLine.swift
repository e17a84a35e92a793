// A provider that is asked without a network.

import BuskerHTTP
import HTTPTypes

/// Hands calls to a provider of the same process; an answer that is cut or never comes is an error, as it is on a network.
struct FakeLine: HTTPTransport {
    let world: FakeWorld

    func send(_ call: HTTPCall) async throws(HTTPError) -> HTTPAnswer {
        let body = try await call.body.collect(upTo: FakeServer.bodyBytesMax)
        let headers = call.request.headerFields.map { (name: $0.name.canonicalName, value: $0.value) }
        let request = FakeRequest(
            method: call.request.method.rawValue, target: call.request.path ?? "/", headers: headers, body: body)
        switch world.reply(to: request) {
        case .answer(let answer, _, let done):
            done?()
            let response = HTTPResponse(
                status: HTTPResponse.Status(code: answer.status),
                headerFields: HTTPFields(answer.headers.map { ($0.name, $0.value) }))
            return HTTPAnswer(response, body: .bytes(Array(answer.body.utf8)))
        case .cut, .half: throw HTTPError(.interrupted, "The connection ended before the answer did, says the test.")
        case .stall(let gone):
            gone?()
            throw HTTPError(.timedOut, "No answer came in time, says the test.")
        }
    }
}
