// One line of JSON, written field by field.

/// A JSON object on one line; fields stand in the order in which they were added.
struct WireLine {
    private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

    /// The object with its end.
    var closed: [UInt8] { bytes + [UInt8(ascii: "}"), UInt8(ascii: "\n")] }

    init() { bytes.reserveCapacity(320) }

    mutating func add(_ name: String, _ value: String) {
        begin(name)
        string(value)
    }

    mutating func add(_ name: String, _ value: Int64) {
        begin(name)
        bytes += String(value).utf8
    }

    mutating func add(_ name: String, _ value: Bool) {
        begin(name)
        bytes += (value ? "true" : "false").utf8
    }

    /// A value that may be missing; then the field is missing too.
    mutating func add(_ name: String, _ value: String?) {
        if let value { add(name, value) }
    }

    mutating func add(_ name: String, _ value: Int64?) {
        if let value { add(name, value) }
    }

    /// A list of objects.
    mutating func add(_ name: String, _ objects: [WireLine]) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (at, object) in objects.enumerated() {
            if at > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += object.bytes
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func begin(_ name: String) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        string(name)
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                bytes += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
