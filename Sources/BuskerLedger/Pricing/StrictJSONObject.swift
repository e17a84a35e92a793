// Takes a JSON object apart, member by member.

/// Takes the members of an object one by one; what nobody takes is refused.
struct StrictJSONObject {
    private var members: [String: StrictJSON]
    private let what: String

    init(_ json: StrictJSON, _ what: String) throws(LedgerError) {
        guard case .object(let members) = json else { throw .pricing("\(what) is not a JSON object.") }
        self.members = members
        self.what = what
    }

    /// The member, nothing when it is absent or null.
    mutating func optional(_ name: String) -> StrictJSON? {
        guard let value = members.removeValue(forKey: name), value != .null else { return nil }
        return value
    }

    mutating func optionalText(_ name: String) throws(LedgerError) -> String? {
        guard let value = optional(name) else { return nil }
        guard case .text(let text) = value else { throw .pricing("\(name) of \(what) is not text.") }
        return text
    }

    mutating func text(_ name: String) throws(LedgerError) -> String {
        guard let text = try optionalText(name) else { throw .pricing("\(what) lacks \(name).") }
        return text
    }

    mutating func optionalNumber(_ name: String) throws(LedgerError) -> Int64? {
        guard let value = optional(name) else { return nil }
        guard case .number(let number) = value else { throw .pricing("\(name) of \(what) is not a whole number.") }
        return number
    }

    mutating func number(_ name: String) throws(LedgerError) -> Int64 {
        guard let number = try optionalNumber(name) else { throw .pricing("\(what) lacks \(name).") }
        return number
    }

    mutating func list(_ name: String) throws(LedgerError) -> [StrictJSON] {
        guard case .list(let values)? = optional(name) else { throw .pricing("\(what) lacks the list \(name).") }
        return values
    }

    mutating func optionalDecimal(_ name: String) throws(LedgerError) -> ExactDecimal? {
        guard let text = try optionalText(name) else { return nil }
        return try ExactDecimal(text)
    }

    mutating func decimal(_ name: String) throws(LedgerError) -> ExactDecimal { try ExactDecimal(try text(name)) }

    /// Refuses members that nobody asked for.
    func end() throws(LedgerError) {
        guard let name = members.keys.sorted().first else { return }
        throw .pricing("\(what) has a member that is not known: \(name.prefix(50)).")
    }
}
