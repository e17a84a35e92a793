// What a form in a browser may upload.

public import BuskerCore

/// A policy for an upload by an HTML form: when it ends, and what each field of the form must be.
public struct PostPolicy: Sendable {
    /// What a field, or the file, must be.
    public enum Condition: Sendable, Hashable {
        /// A field has exactly this value.
        case equals(field: String, String)
        /// A field begins so; with an empty text it may be anything.
        case startsWith(field: String, String)
        /// The file has so many bytes.
        case length(ClosedRange<Int64>)
    }

    /// When the form is no longer accepted, to the second.
    public var expires: Timestamp
    /// The conditions, in order; those that a signature needs are added by it.
    public var conditions: [Condition]

    /// Makes a policy.
    public init(expires: Timestamp, conditions: [Condition]) {
        self.expires = expires
        self.conditions = conditions
    }

    /// The policy as JSON, in the spacing of AWS's own clients.
    var text: String {
        let seconds = CivilDate.floorDivide(expires.microseconds, by: 1_000_000).quotient
        let end = Timestamp(microseconds: seconds * 1_000_000).iso8601.prefix { $0 != "." } + "Z"
        let list = conditions.map(Self.text).joined(separator: ", ")
        return "{\"expiration\": \"\(end)\", \"conditions\": [\(list)]}"
    }

    private static func text(_ condition: Condition) -> String {
        switch condition {
        case .equals(let field, let value): "{\(quoted(field)): \(quoted(value))}"
        case .startsWith(let field, let value): "[\"starts-with\", \(quoted("$" + field)), \(quoted(value))]"
        case .length(let range): "[\"content-length-range\", \(range.lowerBound), \(range.upperBound)]"
        }
    }

    /// A JSON text in ASCII.
    private static func quoted(_ text: String) -> String {
        var quoted = ""
        for unit in JSON.text(text).description.utf16 {
            if unit < 0x80, let scalar = Unicode.Scalar(unit) {
                quoted.unicodeScalars.append(scalar)
            } else {
                let digits = String(unit, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return quoted
    }
}

extension SigV4Signer {
    /// The hidden fields of a form that keeps to a policy, in the order they are written; the file comes last.
    ///
    /// The fields of the policy's own conditions are the caller's.
    ///
    /// - Throws: ``StorageError`` with `badRequest` when the year has not four digits.
    public func fields(
        for policy: PostPolicy, at time: Timestamp
    ) throws(StorageError) -> [(name: String, value: String)] {
        let moment = try SigV4Moment(time)
        var fields = [
            (name: "x-amz-algorithm", value: Self.algorithm),
            (name: "x-amz-credential", value: "\(credentials.accessKeyID)/\(scope(of: moment))"),
            (name: "x-amz-date", value: moment.text),
        ]
        if let token = credentials.sessionToken { fields.append((name: "x-amz-security-token", value: token)) }
        var policy = policy
        policy.conditions += fields.map { .equals(field: $0.name, $0.value) }
        let text = Base64.encode(Array(policy.text.utf8))
        fields.append((name: "policy", value: text))
        fields.append((name: "x-amz-signature", value: try signature(ofPolicy: text, at: time)))
        return fields
    }

    /// The signature of a policy in base 64, in lower-case hexadecimal digits.
    ///
    /// - Throws: ``StorageError`` with `badRequest` when the year has not four digits.
    public func signature(ofPolicy base64: String, at time: Timestamp) throws(StorageError) -> String {
        Hexadecimal.text(code(of: base64.utf8, moment: try SigV4Moment(time)))
    }
}
