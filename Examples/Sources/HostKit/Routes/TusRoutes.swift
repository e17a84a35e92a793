// Uploads that go on where they broke off.

import BuskerCore
import BuskerStorage
import HTTPTypes
import Hummingbird

/// The routes of tus 1.0.
struct TusRoutes {
    static let path = "/uploads/tus"
    let rooms: HostRooms
    private let tus: TusService

    init(rooms: HostRooms) {
        self.rooms = rooms
        tus = TusService(rooms.desk) { "\(Self.path)/\($0)" }
    }

    var routes: [Route] {
        [
            route(.options, Self.path, "tusOptions", "What of tus is spoken.", 204, access: .everybody),
            route(.post, Self.path, "tusCreate", "Begins an upload.", 201, takesBytes: true),
            route(.head, Self.path + "/{id}", "tusOffset", "How far an upload is.", 200),
            route(.patch, Self.path + "/{id}", "tusAppend", "Goes on with an upload.", 204, takesBytes: true),
            route(.delete, Self.path + "/{id}", "tusEnd", "Gives an upload up.", 204),
        ]
    }

    private func route(
        _ method: HTTPRequest.Method, _ path: String, _ name: String, _ text: String, _ status: Int,
        access: Route.Access = .account(scope: "work"), takesBytes: Bool = false
    ) -> Route {
        Route(
            method, path, name, text, tag: "tus", access: access,
            body: takesBytes ? .bytes(["application/offset+octet-stream": .binary]) : .none,
            answers: [status: .nothing("See tus 1.0.")],
            refuses: access == .everybody ? [412] : [400, 404, 408, 409, 410, 412, 413, 415, 422, 423, 460, 507],
            handler: answer)
    }

    @Sendable private func answer(_ request: HostRequest) async throws -> Response {
        let owner = request.caller?.owner ?? ""
        let answer = await tus.answer(
            request.request.head, upload: request.values["id"],
            for: TusUploader(owner: owner, category: rooms.category), body: request.stream)
        if let failure = answer.failure {
            var problem = Problem.of(failure)
            problem = Problem(answer.response.status.code, problem.code, failure.detail, retryAfter: problem.retryAfter)
            problem.headers = answer.response.headerFields
            throw problem
        }
        if let file = answer.file {
            do {
                _ = try await AcceptedFile(rooms: rooms, owner: owner).check(file)
            } catch var problem as Problem {
                problem.headers[.known("Tus-Resumable")] = TusService.version
                throw problem
            }
        }
        var response = Response(status: answer.response.status, headers: answer.response.headerFields)
        if answer.response.status.code == 204 { response.headers[.contentLength] = nil }
        return response
    }
}
