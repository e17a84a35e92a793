// Fields of providers' answers that are written in several ways.

import BuskerCore

extension JSONValue {
    /// The id behind a name: the text itself, or the id of the object that stands in its place.
    func reference(_ name: String) -> String? {
        guard let value = self[name] else { return nil }
        return value.text ?? value["id"]?.text
    }

    /// The moment that whole seconds since 1970 mean.
    func moment(seconds name: String) -> Timestamp? {
        guard let seconds = self[name]?.integer else { return nil }
        let (microseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? nil : Timestamp(microseconds: microseconds)
    }

    /// The moment that a text of ISO 8601 means.
    func moment(text name: String) -> Timestamp? { self[name]?.text.flatMap { try? Timestamp(iso8601: $0) } }

    /// The members of an object that are text.
    func texts(_ name: String) -> [String: String] { PaymentFacts.texts(self[name]) }

    /// The same object with one more member that came with another answer.
    func with(_ name: String, _ value: JSONValue) -> JSONValue {
        let members = (members ?? []).map { ($0.name, JSON?.some(JSON($0.value))) }
        let joined = JSON.object(members + [(name, JSON(value))]).bytes
        let limits = JSONLimits(bytesMax: ProviderAnswer.bytesMax * 4, depthMax: 128, valuesMax: 1 << 20)
        return (try? JSONValue(parsing: joined, limits: limits)) ?? self
    }
}
