// Which call of Polar's does what.

import BuskerCore

extension FakePolar {
    /// Finds what a request asks for and carries it out.
    mutating func route(_ request: FakeRequest, at now: Timestamp) throws(FakeRefusal) -> FakeAnswer {
        let path = request.segments
        guard path.first == "v1", (2...3).contains(path.count) else { throw Self.nothing }
        switch (request.method, path[1], path.count) {
        case ("POST", "checkouts", 2): return try create(request, at: now)
        case ("POST", "refunds", 2): return try createRefund(request, at: now)
        case ("GET", _, 2): return FakeAnswer(200, try list(path[1], try query(request)))
        case ("GET", _, 3): return FakeAnswer(200, try retrieve(path[1], path[2]))
        case ("POST", _, _), ("PATCH", _, _), ("DELETE", _, _):
            throw .polar(405, "MethodNotAllowed", "Method Not Allowed")
        default: throw Self.nothing
        }
    }

    static let nothing = FakeRefusal.polar(404, "ResourceNotFound", "Not found")

    private func retrieve(_ kind: String, _ id: String) throws(FakeRefusal) -> FakeJSON {
        let found: FakeJSON? =
            switch kind {
            case "checkouts": checkouts[id].map(json)
            case "orders": orders[id].map(json)
            case "refunds": refunds[id].map(json)
            case "disputes": disputes[id].map(json)
            case "subscriptions": subscriptions[id].map(json)
            default: nil
            }
        guard let found else { throw Self.nothing }
        return found
    }

    private func query(_ request: FakeRequest) throws(FakeRefusal) -> FakeForm {
        do throws(FakeForm.Mistake) {
            return try FakeForm(parsing: Array(request.query.utf8))
        } catch {
            throw .polarField(["query"], error.message)
        }
    }

    private func list(_ kind: String, _ form: FakeForm) throws(FakeRefusal) -> FakeJSON {
        switch kind {
        case "checkouts":
            let lane = form["external_customer_id"].map { "buyer " + $0 } ?? form["product_id"].map { "product " + $0 }
            let ids = lane.map { lanes[$0] ?? [] } ?? checkouts.items.map(\.id)
            let isBoth = form["external_customer_id"] != nil && form["product_id"] != nil
            let fitting = isBoth ? ids.filter { checkouts[$0]?.product == form["product_id"] } : ids
            return try page(fitting, form) { checkouts[$0].map(json) }
        case "orders":
            guard let checkout = form["checkout_id"] else {
                return try page(orders.items.map(\.id), form) { orders[$0].map(json) }
            }
            return try page([checkouts[checkout]?.order].compactMap { $0 }, form) { orders[$0].map(json) }
        case "refunds":
            let ids = form["order_id"].map { orders[$0]?.refunds ?? [] } ?? refunds.items.map(\.id)
            return try page(ids, form) { refunds[$0].map(json) }
        case "disputes":
            let ids = form["order_id"].map { orders[$0]?.disputes ?? [] } ?? disputes.items.map(\.id)
            return try page(ids, form) { disputes[$0].map(json) }
        case "subscriptions": return try page(subscriptions.items.map(\.id), form) { subscriptions[$0].map(json) }
        default: throw Self.nothing
        }
    }

    /// One page of objects, newest first.
    private func page(_ ids: [String], _ form: FakeForm, json: (String) -> FakeJSON?) throws(FakeRefusal) -> FakeJSON {
        let limit = try number(form, "limit", 1...100, 10)
        let page = try number(form, "page", 1...1_000_000, 1)
        guard form["sorting"] ?? "-created_at" == "-created_at" else {
            throw .polarField(["query", "sorting"], "This double sorts by -created_at only")
        }
        let last = max(0, ids.count - (page - 1) * limit)
        let items = ids[max(0, last - limit)..<last].reversed().compactMap(json)
        let pages = (ids.count + limit - 1) / limit
        return [
            "items": .list(items),
            "pagination": ["total_count": .number(Int64(ids.count)), "max_page": .number(Int64(pages))],
        ]
    }

    private func number(_ form: FakeForm, _ name: String, _ range: ClosedRange<Int>, _ usual: Int) throws(FakeRefusal)
        -> Int
    {
        guard let text = form[name] else { return usual }
        guard let number = Int(text), range.contains(number) else {
            throw .polarField(["query", name], "Input should be a valid integer in \(range)", type: "int_parsing")
        }
        return number
    }

    // MARK: Bodies

    /// The object of a body with nothing in it that is not known.
    func body(_ request: FakeRequest, _ known: Set<String>) throws(FakeRefusal) -> JSONValue {
        guard let json = try? JSONValue(parsing: request.body), let members = json.members else {
            throw .polarField(["body"], "JSON decode error", type: "json_invalid")
        }
        for member in members where !known.contains(member.name) {
            throw .polarField(["body", member.name], "Extra inputs are not permitted", type: "extra_forbidden")
        }
        return json
    }

    /// At most 50 notes, names of 40 and texts of 500 characters.
    func metadata(_ json: JSONValue) throws(FakeRefusal) -> [String: String] {
        guard let given = json["metadata"], !given.isNull else { return [:] }
        guard let members = given.members, members.count <= 50 else {
            throw .polarField(["body", "metadata"], "Input should be a valid dictionary of up to 50 keys")
        }
        var notes: [String: String] = [:]
        for (name, value) in members {
            guard let text = value.text, !name.isEmpty, name.count <= 40, (1...500).contains(text.count) else {
                throw .polarField(["body", "metadata", name], "Keys have 1 to 40 and values 1 to 500 characters")
            }
            notes[name] = text
        }
        return notes
    }

    static func isUUID(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }
}
