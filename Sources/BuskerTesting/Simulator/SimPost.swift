// Where mails and messages arrive, and what is checked of them there.

import BuskerCore
import BuskerHTTP
import BuskerJobs
import BuskerMail
import HTTPTypes
import Synchronization

/// What came to people and to their servers; it outlives the process.
final class SimPost: Sendable {
    private struct State {
        var mails: [String: Int] = [:]
        var messages: [String: Int] = [:]
        var forged: [String] = []
    }

    static let keyText = "whsec_" + Base64.encode(Array("0123456789abcdef0123456789abcdef".utf8))
    private let state = Mutex(State())

    /// How often each mail came, by its name.
    var mails: [String: Int] { state.withLock { $0.mails } }
    /// How often each message came, by the key in it.
    var messages: [String: Int] { state.withLock { $0.messages } }
    /// Messages whose signature was none.
    var forged: [String] { state.withLock { $0.forged } }

    func take(_ mail: RenderedMail) { state.withLock { $0.mails["\(mail.id)", default: 0] += 1 } }

    func take(_ call: HTTPCall, _ body: [UInt8]) {
        let fields = call.request.headerFields
        func field(_ name: String) -> String { HTTPField.Name(name).flatMap { fields[$0] } ?? "" }
        let message = Array("\(field("webhook-id")).\(field("webhook-timestamp")).".utf8) + body
        let key = Array("0123456789abcdef0123456789abcdef".utf8)
        let isTrue = field("webhook-signature") == "v1," + Base64.encode(FakeSeed.code(key, message))
        let name = (try? JSONValue(parsing: body))?["data"]?["key"]?.text ?? "?"
        state.withLock { state in
            if isTrue { state.messages[name, default: 0] += 1 } else { state.forged.append(name) }
        }
    }
}

/// Carries mail of one life to the post.
struct SimMailer: Mailer {
    let post: SimPost
    let life: Life

    func send(_ mail: RenderedMail) async throws(MailError) {
        let fault: SimFault?
        do throws(SimDeath) { fault = try await life.cross(.mail) } catch { throw Self.away }
        if fault == .fails { throw Self.away }
        post.take(mail)
        do throws(SimDeath) { try life.land(fault) } catch { throw Self.away }
        if fault == .lost { throw Self.away }
    }

    private static let away = MailError(.unreachable, "The mail server is away, says the simulator.")
}

/// Carries messages of one life to the post.
struct SimHooks: WebhookTransport {
    let post: SimPost
    let life: Life

    func addresses(of host: String) async throws -> [IPAddress] {
        IPAddress("93.184.216.34").map { [$0] } ?? []
    }

    func send(_ call: HTTPCall, to addresses: [IPAddress], port: Int) async throws(HTTPError) -> HTTPAnswer {
        let fault: SimFault?
        do throws(SimDeath) { fault = try await life.cross(.hook) } catch { throw Life.goneLine }
        if fault == .fails { return HTTPAnswer(HTTPResponse(status: .internalServerError)) }
        post.take(call, try await call.body.collect(upTo: 1 << 20))
        do throws(SimDeath) { try life.land(fault) } catch { throw Life.goneLine }
        if fault == .lost { throw HTTPError(.timedOut, "The answer was lost, says the simulator.") }
        return HTTPAnswer(HTTPResponse(status: .ok))
    }
}
