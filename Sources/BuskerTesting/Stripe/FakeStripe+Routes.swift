// Which call of Stripe's does what.

import BuskerCore

extension FakeStripe {
    /// Finds what a request asks for and carries it out.
    mutating func route(_ request: FakeRequest, at now: Timestamp) throws(FakeRefusal) -> FakeAnswer {
        let path = request.segments
        guard path.first == "v1", path.count >= 2 else { throw unknownURL(request) }
        guard request.bearer ?? request.basicName == keys.secret else { return try otherMode(request) }
        let form = try parameters(of: request)
        switch (request.method, path.count) {
        case ("POST", _): return FakeAnswer(200, try post(request, path, form, at: now))
        case ("GET", 2): return FakeAnswer(200, try list(request, path[1], form))
        case ("GET", 3) where path[1] == "checkout" && path[2] == "sessions":
            return FakeAnswer(200, try list(request, "sessions", form))
        case ("GET", 3): return FakeAnswer(200, try retrieve(request, path[1], path[2], form))
        case ("GET", 4) where path[1] == "checkout" && path[2] == "sessions":
            return FakeAnswer(200, try retrieve(request, "sessions", path[3], form))
        case ("GET", 5) where path[4] == "line_items":
            return FakeAnswer(200, lineItems(try session(path[3])))
        default: throw unknownURL(request)
        }
    }

    private mutating func post(_ request: FakeRequest, _ path: [String], _ form: FakeForm, at now: Timestamp)
        throws(FakeRefusal) -> FakeJSON
    {
        let name = path.dropFirst().enumerated().map { at, part in at == 1 && path[1] != "checkout" ? ":id" : part }
        switch name.joined(separator: "/") {
        case "payment_methods": return try createMethod(form)
        case "payment_intents": return try createIntent(form, request, at: now)
        case "payment_intents/:id": return try updateIntent(path[2], form)
        case "payment_intents/:id/confirm": return try confirm(path[2], form, at: now)
        case "payment_intents/:id/capture": return try capture(path[2], form, at: now)
        case "payment_intents/:id/cancel": return try cancel(path[2], form, at: now)
        case "checkout/sessions": return try createSession(form, request, at: now)
        case "refunds": return try createRefund(form, request, at: now)
        case "refunds/:id/cancel":
            _ = try refund(path[2])
            throw .stripe(400, "Only refunds that require action can be canceled.", isFinal: true)
        default: break
        }
        guard path.count == 5, path[1] == "checkout", path[2] == "sessions", path[4] == "expire" else {
            throw unknownURL(request)
        }
        return try expire(path[3], form, at: now)
    }

    private func retrieve(_ request: FakeRequest, _ kind: String, _ id: String, _ form: FakeForm) throws(FakeRefusal)
        -> FakeJSON
    {
        try check(form, ["expand[#]"])
        switch kind {
        case "sessions":
            return json(
                try session(id),
                expand: try expansion(
                    form, ["line_items", "payment_intent", "payment_intent.latest_charge", "subscription", "customer"]))
        case "payment_intents":
            return json(
                try intent(id),
                expand: try expansion(
                    form,
                    [
                        "latest_charge", "latest_charge.refunds", "customer", "payment_method",
                        "latest_charge.balance_transaction",
                    ]))
        case "charges":
            guard let charge = charges[id] else { throw missing("charge", id) }
            return json(charge, expand: try expansion(form, ["refunds", "payment_intent", "customer"]))
        case "refunds":
            return json(try refund(id), expand: try expansion(form, Self.partsOfMoney))
        case "disputes":
            guard let dispute = disputes[id] else { throw missing("dispute", id) }
            return json(dispute, expand: try expansion(form, Self.partsOfMoney))
        case "subscriptions":
            guard let subscription = subscriptions[id] else { throw missing("subscription", id) }
            return json(subscription)
        default: throw unknownURL(request)
        }
    }

    private static let partsOfMoney: Set<String> = [
        "charge", "charge.refunds", "payment_intent", "payment_intent.latest_charge",
    ]

    private func list(_ request: FakeRequest, _ kind: String, _ form: FakeForm) throws(FakeRefusal) -> FakeJSON {
        let filters = kind == "sessions" ? ["payment_intent", "status"] : ["payment_intent", "charge"]
        try check(form, Set(["limit", "starting_after", "ending_before", "expand[#]"] + filters))
        let intent = form["payment_intent"]
        let charge = form["charge"]
        switch kind {
        case "sessions":
            return try page(request, sessions, form, ["data.payment_intent"]) {
                (intent == nil || $0.intent == intent) && (form["status"] == nil || $0.status == form["status"])
            } json: {
                json($0, expand: $1)
            }
        case "payment_intents":
            return try page(request, intents, form, ["data.latest_charge"]) { _ in
                true
            } json: {
                json($0, expand: $1)
            }
        case "charges":
            return try page(request, charges, form, ["data.payment_intent"]) {
                intent == nil || $0.intent == intent
            } json: {
                json($0, expand: $1)
            }
        case "refunds":
            if let found = related(intent, charge) {
                return Self.list(
                    found.refunds.reversed().compactMap { refunds[$0] }.map { json($0) }, hasMore: false,
                    url: request.path)
            }
            return try page(request, refunds, form, ["data.charge"]) { _ in
                intent == nil && charge == nil
            } json: {
                json($0, expand: $1)
            }
        case "disputes":
            if let found = related(intent, charge) {
                return Self.list(
                    found.disputes.reversed().compactMap { disputes[$0] }.map { json($0) }, hasMore: false,
                    url: request.path)
            }
            return try page(request, disputes, form, ["data.charge"]) { _ in
                intent == nil && charge == nil
            } json: {
                json($0, expand: $1)
            }
        case "subscriptions":
            return try page(request, subscriptions, form, []) { _ in
                true
            } json: { item, _ in
                json(item)
            }
        default: throw unknownURL(request)
        }
    }

    /// The charge that refunds or disputes are asked for by.
    private func related(_ intent: String?, _ charge: String?) -> StripeCharge? {
        let id = charge ?? intent.flatMap { intents[$0]?.charge }
        return id.flatMap { charges[$0] }
    }

    /// One page of a list, newest first; with filters other than the relation, no more than all objects are walked.
    private func page<Item>(
        _ request: FakeRequest, _ shelf: FakeShelf<Item>, _ form: FakeForm, _ expandable: Set<String>,
        where fits: (Item) -> Bool, json: (Item, StripeExpansion) -> FakeJSON
    ) throws(FakeRefusal) -> FakeJSON {
        let limit = try form["limit"].map { text throws(FakeRefusal) in try integer(text, "limit") } ?? 10
        guard (1...100).contains(limit) else {
            throw .stripe(400, "Limit must be between 1 and 100.", code: "parameter_invalid_integer", param: "limit")
        }
        let expand = try expansion(form, expandable).inside("data")
        guard form["ending_before"] == nil else {
            throw .stripe(400, "This double knows no ending_before.", param: "ending_before")
        }
        guard let page = shelf.page(before: form["starting_after"], limit: Int(limit), where: fits) else {
            throw missing("object", form["starting_after"] ?? "", param: "starting_after")
        }
        return Self.list(page.items.map { json($0, expand) }, hasMore: page.hasMore, url: request.path)
    }

    // MARK: Parameters

    private func parameters(of request: FakeRequest) throws(FakeRefusal) -> FakeForm {
        if request.method == "POST", !request.body.isEmpty {
            let type = request.header("content-type")?.lowercased() ?? ""
            guard type.hasPrefix("application/x-www-form-urlencoded") else {
                throw .stripe(
                    400,
                    "Invalid request (check that your POST content type is application/x-www-form-urlencoded).")
            }
        }
        do throws(FakeForm.Mistake) {
            guard request.method == "POST" else { return try FakeForm(parsing: Array(request.query.utf8)) }
            guard request.query.isEmpty else {
                throw FakeForm.Mistake(message: "A POST has its parameters in the body.")
            }
            return try FakeForm(parsing: request.body)
        } catch {
            throw .stripe(400, "Invalid request: " + error.message)
        }
    }

    /// Refuses parameters that the call does not know.
    func check(_ form: FakeForm, _ known: Set<String>) throws(FakeRefusal) {
        guard let name = form.unknown(besides: known) else { return }
        throw .stripe(400, "Received unknown parameter: \(name)", code: "parameter_unknown", param: name)
    }

    /// Which references are to be written out; others than these cannot be.
    func expansion(_ form: FakeForm, _ known: Set<String>) throws(FakeRefusal) -> StripeExpansion {
        let paths = form.list("expand")
        for path in paths where !known.contains(path) {
            throw .stripe(400, "This property cannot be expanded (\(path)).", param: "expand")
        }
        return StripeExpansion(paths: paths)
    }

    func integer(_ text: String, _ param: String) throws(FakeRefusal) -> Int64 {
        guard let number = Int64(text), String(number) == text else {
            throw .stripe(400, "Invalid integer: \(text)", code: "parameter_invalid_integer", param: param)
        }
        return number
    }

    func required(_ form: FakeForm, _ name: String) throws(FakeRefusal) -> String {
        guard let value = form[name] else {
            throw .stripe(400, "Missing required param: \(name).", code: "parameter_missing", param: name)
        }
        guard !value.isEmpty else {
            throw .stripe(
                400, "You passed an empty string for '\(name)'.", code: "parameter_invalid_empty", param: name)
        }
        return value
    }

    /// At most 50 notes, names of 40 and texts of 500 characters.
    func metadata(_ form: FakeForm, _ name: String = "metadata") throws(FakeRefusal) -> [String: String] {
        let notes = form.map(name)
        guard notes.count <= 50 else { throw .stripe(400, "Metadata can have up to 50 keys.", param: name) }
        for (key, value) in notes where key.count > 40 || value.count > 500 {
            throw .stripe(
                400, "Metadata keys can have up to 40 characters and values up to 500.", param: "\(name)[\(key)]")
        }
        return notes
    }

    // MARK: Things that are not there

    func session(_ id: String) throws(FakeRefusal) -> StripeSession {
        guard let session = sessions[id] else { throw missing("checkout.session", id) }
        return session
    }

    func intent(_ id: String) throws(FakeRefusal) -> StripeIntent {
        guard let intent = intents[id] else { throw missing("payment_intent", id, param: "intent") }
        return intent
    }

    func refund(_ id: String) throws(FakeRefusal) -> StripeRefund {
        guard let refund = refunds[id] else { throw missing("refund", id) }
        return refund
    }

    func missing(_ kind: String, _ id: String, param: String = "id") -> FakeRefusal {
        .stripe(404, "No such \(kind): '\(id)'", code: "resource_missing", param: param)
    }

    private func unknownURL(_ request: FakeRequest) -> FakeRefusal {
        .stripe(404, "Unrecognized request URL (\(request.method): \(request.path)).")
    }

    /// What a key of the other mode is told: objects of this mode are not there for it.
    private func otherMode(_ request: FakeRequest) throws(FakeRefusal) -> FakeAnswer {
        guard request.method == "GET" else {
            throw .stripe(
                403, "This double keeps nothing for keys of the other mode; use the key of \(keys.mode) mode.")
        }
        let other = isLive ? "test" : "live"
        throw .stripe(
            404,
            "No such object: '\(request.segments.last ?? "")'; a similar object exists in \(modeName) mode, "
                + "but a \(other) mode key was used to make this request.", code: "resource_missing", param: "id")
    }
}
