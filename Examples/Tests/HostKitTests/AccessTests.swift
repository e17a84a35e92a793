// Who may ask for what: every route of the document, with no token, with another's id, with the wrong role.

import BuskerHTTP
import Foundation
import HTTPTypes
import Testing

/// A route as the document tells it.
struct Documented: Sendable, CustomStringConvertible {
    let method: String
    let path: String
    let isOpen: Bool
    let statuses: Set<Int>
    let takesBody: Bool

    var description: String { "\(method) \(path)" }

    /// All of them.
    static func all(_ studio: Studio) async throws -> [Documented] {
        let answer = try await Client(studio: studio).get("/openapi.json")
        let paths = try #require(try answer.value("paths") as? [String: [String: [String: Any]]])
        return paths.sorted { $0.key < $1.key }.flatMap { path, operations in
            operations.sorted { $0.key < $1.key }.map { method, operation in
                let responses = operation["responses"] as? [String: Any] ?? [:]
                return Documented(
                    method: method.uppercased(), path: path,
                    isOpen: (operation["security"] as? [Any])?.isEmpty ?? true,
                    statuses: Set(responses.keys.compactMap { Int($0) }), takesBody: operation["requestBody"] != nil)
            }
        }
    }

    func ask(_ client: Client, _ path: String) async throws -> Answer {
        let method = try #require(HTTPRequest.Method(rawValue: method))
        var headers = takesBody ? ["Content-Type": "application/json"] : [:]
        if path.hasPrefix("/uploads/tus") {
            headers = [
                "Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0",
            ]
        }
        return try await client.send(method, path, headers, body: .bytes(takesBody ? Array("{}".utf8) : []))
    }
}

@Suite struct AccessTests {
    @Test func anAddressThatMailCannotReachIsRefusedInWords() async throws {
        let client = Client(studio: try await Studio.shared.value)
        for address in ["a\u{0F3E}@example.com", "a@\(String(repeating: "힣", count: 21)).com"] {
            let answer = try await client.post("/auth/register", ["email": address, "password": "correct horse"])
            #expect([201, 422].contains(answer.status), "\(address): \(answer.body)")
            #expect(answer.status == 201 || (try? answer.text("code")) == "bad_email", "\(answer.body)")
        }
    }

    @Test func everyRouteThatIsNotOpenWantsAToken() async throws {
        let studio = try await Studio.shared.value
        let routes = try await Documented.all(studio).filter { !$0.isOpen }
        #expect(routes.count > 30)
        for route in routes {
            let path = route.path.replacing("{id}", with: "job_01m7zfha1feerrxyfqssa0rqyh").replacing(
                "{stem}", with: "vocals")
            for token in [nil, "nonsense", "bsk_000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
                let answer = try await route.ask(Client(studio: studio, token: token), path)
                #expect(answer.status == 401, "\(route) with \(token ?? "no token")")
                #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true, "\(route)")
                if route.method != "HEAD" { #expect(answer.headers[.contentType] == "application/problem+json") }
            }
        }
    }

    @Test func anothersThingsAreNotFound() async throws {
        let studio = try await Studio.shared.value
        let owner = try await studio.person()
        let stranger = try await studio.person()
        let job = try await owner.job(21)
        let file = try await owner.file(22)
        let purchase = try await owner.post("/credits/purchase", ["package": "five"]).text("purchase_id")
        let key = try await owner.post("/auth/keys", ["name": "mine"]).text("key.id")
        let hook = try await owner.post("/webhooks", ["url": "https://hooks.example.com/"]).text("endpoint.id")
        let session = try #require(try await owner.get("/auth/sessions").items().first?["id"] as? String)
        let tus = try await owner.send(.post, "/uploads/tus", ["Tus-Resumable": "1.0.0", "Upload-Length": "100"])
        let upload = try #require(tus.headers[.location])
        let ids = [
            "/auth/keys/{id}": key, "/auth/sessions/{id}": session, "/credits/purchases/{id}": purchase,
            "/webhooks/{id}": hook,
            "/uploads/{id}": file, "/uploads/tus/{id}": String(upload.split(separator: "/").last ?? ""),
        ]
        let routes = try await Documented.all(studio).filter {
            $0.path.contains("{id}") && !$0.path.hasPrefix("/admin")
        }
        #expect(routes.count >= 18)
        for route in routes {
            let id = ids[route.path] ?? job
            let path = route.path.replacing("{id}", with: id).replacing("{stem}", with: "vocals")
            #expect(try await route.ask(stranger, path).status == 404, "\(route)")
            let nothing = route.path.replacing("{id}", with: "job_x").replacing("{stem}", with: "vocals")
            #expect(try await route.ask(owner, nothing).status == 404, "\(route)")
        }
        for route in ["/jobs", "/jobs/quote"] {
            #expect(try await stranger.post(route, ["file_id": file]).status == 404)
        }
        #expect(try await owner.get("/job/\(job)").status == 200)
        #expect(try await owner.get("/auth/keys").items().count == 1)
    }

    @Test func onlyAdministratorsAreAdministrators() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let routes = try await Documented.all(studio).filter { $0.path.hasPrefix("/admin") }
        #expect(routes.count >= 9)
        for route in routes {
            let path = route.path.replacing("{id}", with: person.id)
            let answer = try await route.ask(person, path)
            #expect(answer.status == 403, "\(route)")
            #expect(try answer.text("code") == "forbidden")
        }
        let admin = try await studio.administrator()
        #expect(try await admin.get("/admin/users/\(person.id)").text("user.email") == person.email)
        #expect(try await admin.get("/admin/users?limit=1").items().count == 1)
        #expect(try await admin.get("/admin/jobs").status == 200)
        #expect(try await admin.get("/admin/dead").status == 200)
        let plan = try await admin.post("/admin/retention/plan")
        let applied = try await admin.post("/admin/retention/apply", ["plan_id": try plan.text("plan_id")])
        #expect(applied.status == 200, "\(applied.body)")
        #expect(try await admin.post("/admin/retention/apply", ["plan_id": "plan_x"]).status == 404)
    }

    @Test func aKeyMayDoWhatItsScopesName() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let made = try await person.post("/auth/keys", ["name": "reader", "scopes": ["read"]])
        #expect(made.status == 201, "\(made.body)")
        var program = person
        program.token = try made.text("secret")
        #expect(try await program.get("/credits/balance").status == 200)
        #expect(try await program.upload(Sound.wav()).status == 403)
        #expect(try await program.post("/credits/purchase", ["package": "five"]).status == 403)
        #expect(try await program.get("/auth/keys").status == 403)
        #expect(try await program.post("/auth/password", ["current": "x", "new": "long enough"]).status == 403)
        #expect(try await person.send(.delete, "/auth/keys/\(try made.text("key.id"))").status == 204)
        #expect(try await program.get("/credits/balance").status == 401)
        #expect(try await person.post("/auth/keys", ["name": "all", "scopes": ["admin"]]).status == 422)
    }

    @Test func sessionsEndAndTokensAreRenewedOnce() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let login = try await Client(studio: studio).post(
            "/auth/login", ["email": person.email, "password": "correct horse"])
        let refresh = try login.text("refresh_token")
        let renewed = try await Client(studio: studio).post("/auth/refresh", ["refresh_token": refresh])
        #expect(renewed.status == 200)
        var second = person
        second.token = try renewed.text("access_token")
        #expect(try await second.get("/auth/me").text("user.email") == person.email)
        #expect(try await Client(studio: studio).post("/auth/refresh", ["refresh_token": refresh]).status == 409)
        #expect(try await second.post("/auth/logout").status == 204)
        #expect(try await second.get("/auth/me").status == 401)
        #expect(try await person.get("/auth/me").status == 200)
        #expect(
            try await person.post("/auth/password", ["current": "wrong one", "new": "battery staple"]).status == 401)
        #expect(
            try await person.post("/auth/password", ["current": "correct horse", "new": "battery staple"]).status == 204
        )
        let old = ["email": person.email, "password": "correct horse"]
        #expect(try await Client(studio: studio).post("/auth/login", old).status == 401)
    }

    @Test func aMailBringsANewPassword() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        #expect(try await Client(studio: studio).post("/auth/forgot", ["email": person.email]).status == 202)
        #expect(try await Client(studio: studio).post("/auth/forgot", ["email": "nobody@people.example"]).status == 202)
        let found = try await Self.token("reset", to: person.email, studio)
        let body = ["token": found, "password": "a new password"]
        #expect(try await Client(studio: studio).post("/auth/reset", body).status == 200)
        #expect(try await Client(studio: studio).post("/auth/reset", body).status == 422)
        #expect(try await person.get("/auth/me").status == 401)
    }

    /// What the link of a mail carries.
    static func token(_ place: String, to email: String, _ studio: Studio) async throws -> String {
        for _ in 0..<200 {
            try await Task.sleep(for: .milliseconds(50))
            for file in studio.files("mail") where file.hasSuffix(".eml") {
                let path = studio.folder.appending(path: "data/mail/" + file)
                let text = try String(contentsOf: path, encoding: .utf8)
                let plain = text.replacing("=\r\n", with: "").replacing("=3D", with: "=")
                guard text.contains(email), let start = plain.range(of: "#/\(place)?token=") else { continue }
                return String(plain[start.upperBound...].prefix { $0.isLetter || $0.isNumber || "_-.".contains($0) })
            }
        }
        throw StudioFailure("no mail came")
    }

    @Test func aNewAddressCountsOnceItsMailWasRead() async throws {
        let studio = try await Studio.shared.value
        let (person, other) = (try await studio.person(), try await studio.person())
        let new = "new-" + person.email
        let password = "correct horse"
        #expect(try await person.post("/auth/email", ["email": new, "password": "wrong one"]).status == 401)
        #expect(try await person.post("/auth/email", ["email": "nonsense", "password": password]).status == 422)
        #expect(try await person.post("/auth/email", ["email": person.email, "password": password]).status == 422)
        #expect(try await person.post("/auth/email", ["email": other.email, "password": password]).status == 202)
        #expect(try await person.post("/auth/email", ["email": new, "password": password]).status == 202)
        #expect(try await person.get("/auth/me").text("user.email") == person.email)
        let token = try await Self.token("email", to: new, studio)
        let done = try await Client(studio: studio).post("/auth/confirm-email", ["token": token])
        #expect(done.status == 200, "\(done.body)")
        #expect(try done.text("user.email") == new, "\(done.body)")
        #expect(try await Client(studio: studio).post("/auth/confirm-email", ["token": token]).status == 422)
        #expect(try await person.get("/auth/me").text("user.email") == new)
        let login = ["email": person.email, "password": password]
        #expect(try await Client(studio: studio).post("/auth/login", login).status == 401)
    }
}
