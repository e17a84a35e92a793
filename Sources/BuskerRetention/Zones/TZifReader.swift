// Reads a file of the time zone database, strictly.

/// Reads TZif of version 2, 3 or 4 (RFC 9636): the second block with times of 64 bits, and the rule behind it.
struct TZifReader {
    /// No zone has more bytes.
    static let bytesMax = 1 << 17

    private struct Counts {
        let ut: Int
        let standard: Int
        let leap: Int
        let times: Int
        let types: Int
        let characters: Int

        /// The bytes of the block, with times of so many bytes.
        func size(_ time: Int) -> Int {
            times * (time + 1) + types * 6 + characters + leap * (time + 4) + standard + ut
        }
    }

    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func zone(named name: String) throws(RetentionError) -> Zone {
        guard bytes.count <= Self.bytesMax else { throw fault("it has more than \(Self.bytesMax) bytes") }
        let old = try header()
        try skip(old.size(4))
        let counts = try header()
        guard counts.leap == 0 else { throw fault("it counts leap seconds") }
        guard counts.types >= 1, counts.types <= 256, counts.characters >= 1 else { throw fault("it has no offsets") }
        guard bytes.count - at >= counts.size(8) else { throw fault("it ends early") }
        let changes = try changes(counts.times)
        let kinds = take(counts.times).map(Int.init)
        guard kinds.allSatisfy({ $0 < counts.types }) else { throw fault("a change has no offset") }
        let offsets = try offsets(counts)
        try skip(counts.characters + counts.standard + counts.ut)
        let rule = try rule()
        return Zone(name: name, changes: changes, offsets: kinds.map { offsets[$0] }, first: offsets[0], rule: rule)
    }

    private mutating func header() throws(RetentionError) -> Counts {
        guard bytes.count - at >= 44, bytes[at..<at + 4].elementsEqual("TZif".utf8) else {
            throw fault("it is no such file")
        }
        guard [UInt8(ascii: "2"), UInt8(ascii: "3"), UInt8(ascii: "4")].contains(bytes[at + 4]) else {
            throw fault("its version is not 2, 3 or 4")
        }
        at += 20
        var numbers: [Int] = []
        for _ in 0..<6 { numbers.append(Int(number(4))) }
        guard numbers.allSatisfy({ $0 <= Self.bytesMax }) else { throw fault("it ends early") }
        return Counts(
            ut: numbers[0], standard: numbers[1], leap: numbers[2], times: numbers[3], types: numbers[4],
            characters: numbers[5])
    }

    private mutating func changes(_ count: Int) throws(RetentionError) -> [Int64] {
        var changes: [Int64] = []
        for _ in 0..<count {
            let change = Int64(bitPattern: number(8))
            guard change.magnitude < 1 << 60, changes.last.map({ $0 < change }) ?? true else {
                throw fault("its changes are not in order")
            }
            changes.append(change)
        }
        return changes
    }

    private mutating func offsets(_ counts: Counts) throws(RetentionError) -> [Int64] {
        var offsets: [Int64] = []
        for _ in 0..<counts.types {
            let offset = Int64(Int32(truncatingIfNeeded: number(4)))
            let (isSummer, name) = (number(1), number(1))
            guard (-89_999...93_599).contains(offset), isSummer <= 1, name < counts.characters else {
                throw fault("an offset is out of range")
            }
            offsets.append(offset)
        }
        return offsets
    }

    /// The text between two line ends behind the block.
    private mutating func rule() throws(RetentionError) -> ZoneRule? {
        let end = bytes.count - 1
        guard at < end, bytes[at] == 0x0A, bytes[end] == 0x0A else { throw fault("it does not end with a rule") }
        let text = bytes[at + 1..<end]
        guard !text.isEmpty else { return nil }
        var reader = ZoneRuleReader(text)
        guard let rule = reader.rule() else { throw fault("its rule for the future cannot be read") }
        return rule
    }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8> {
        at += count
        return bytes[at - count..<at]
    }

    private mutating func number(_ count: Int) -> UInt64 { take(count).reduce(0) { $0 << 8 | UInt64($1) } }

    private mutating func skip(_ count: Int) throws(RetentionError) {
        guard bytes.count - at >= count else { throw fault("it ends early") }
        at += count
    }

    private func fault(_ what: String) -> RetentionError {
        RetentionError(.badZone, "The bytes are no zone of the time zone database: \(what).")
    }
}
