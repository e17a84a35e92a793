// The headers of tus 1.0, read strictly.

import BuskerCore
import Crypto
import HTTPTypes

/// Reads the headers of a request.
struct TusHeaders {
    private let fields: HTTPFields

    init(_ fields: HTTPFields) { self.fields = fields }

    /// One value; nothing when there is none.
    ///
    /// Two are a fault.
    func text(_ name: String) throws(TusFault) -> String? {
        guard let name = HTTPField.Name(name) else { return nil }
        let values = fields[values: name]
        guard values.count <= 1 else { throw TusFault(400, .badRequest, "A header of the request stands there twice.") }
        return values.first
    }

    /// A number that is not negative, in digits only.
    func number(_ name: String) throws(TusFault) -> Int64? {
        guard let text = try text(name) else { return nil }
        let isPlain = text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        guard isPlain, text.utf8.count <= 19, let number = Int64(text) else {
            throw TusFault(400, .badRequest, "\(name) is a whole number that is not negative, in digits.")
        }
        return number
    }

    /// The method that is meant.
    func method(_ method: HTTPRequest.Method) throws(TusFault) -> HTTPRequest.Method {
        guard let other = try text("X-HTTP-Method-Override") else { return method }
        return HTTPRequest.Method(other) ?? method
    }

    /// The length of an upload that begins; nothing when it comes later.
    func length() throws(TusFault) -> Int64? {
        let length = try number("Upload-Length")
        let deferred = try text("Upload-Defer-Length")
        switch (length, deferred) {
        case (let length?, nil): return length
        case (nil, "1"): return nil
        default: throw TusFault(400, .badRequest, "A request has either Upload-Length, or Upload-Defer-Length: 1.")
        }
    }

    /// Whether the body is a piece of an upload.
    func hasPiece() throws(TusFault) -> Bool {
        guard let type = try text("Content-Type") else { return false }
        return MediaType.plain(type) == "application/offset+octet-stream"
    }

    /// Names and values; a name without a value has a blank one.
    static func metadata(_ text: String) throws(TusFault) -> [String: String] {
        var metadata: [String: String] = [:]
        for pair in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = pair.split(separator: " ", omittingEmptySubsequences: true)
            let bytes = words.count == 2 ? Base64.decode(words[1].utf8.map(\.self)[...]) : words.count == 1 ? [] : nil
            guard let bytes, words[0].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
                metadata.updateValue(String(decoding: bytes, as: UTF8.self), forKey: String(words[0])) == nil
            else {
                throw TusFault(
                    400, .badRequest, "Upload-Metadata is a list of names, each once, with values in base 64.")
            }
        }
        return metadata
    }

    /// The check sum that the piece must have.
    func checksum() throws(TusFault) -> TusChecksum? {
        guard let text = try text("Upload-Checksum") else { return nil }
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, let sum = Base64.decode(words[1].utf8.map(\.self)[...]),
            let checksum = TusChecksum(algorithm: String(words[0]), sum: sum)
        else {
            throw TusFault(400, .badRequest, "Upload-Checksum is sha1 or sha256 and the sum in base 64.")
        }
        return checksum
    }
}

/// A check sum in the making, and what it must become.
struct TusChecksum: Sendable {
    static let algorithms = "sha1,sha256"

    private enum Sum: Sendable {
        case sha1(Insecure.SHA1)
        case sha256(SHA256)
    }

    private var sum: Sum
    private let wanted: [UInt8]

    init?(algorithm: String, sum wanted: [UInt8]) {
        switch algorithm {
        case "sha1" where wanted.count == 20: sum = .sha1(Insecure.SHA1())
        case "sha256" where wanted.count == 32: sum = .sha256(SHA256())
        default: return nil
        }
        self.wanted = wanted
    }

    mutating func add(_ bytes: [UInt8]) {
        switch sum {
        case .sha1(var state):
            state.update(data: bytes)
            sum = .sha1(state)
        case .sha256(var state):
            state.update(data: bytes)
            sum = .sha256(state)
        }
    }

    var isRight: Bool {
        switch sum {
        case .sha1(let state): Array(state.finalize()) == wanted
        case .sha256(let state): Array(state.finalize()) == wanted
        }
    }
}

/// Dates as headers have them (RFC 9110, 5.6.7).
enum HeaderDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Such as `Sun, 06 Nov 1994 08:49:37 GMT`, rounded down to the second.
    static func text(_ time: Timestamp) -> String {
        let (number, rest) = CivilDate.floorDivide(time.microseconds, by: CivilDate.microsecondsOfDay)
        let date = CivilDate(daysSince1970: number)
        let seconds = rest / 1_000_000
        let day = days[Int(CivilDate.floorDivide(number, by: 7).rest)]
        let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map(two).joined(separator: ":")
        return "\(day), \(two(date.day)) \(months[Int(date.month) - 1]) \(date.year) \(clock) GMT"
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
