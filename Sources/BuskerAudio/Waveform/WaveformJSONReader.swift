// Reads audiowaveform's JSON, and nothing else, from hostile bytes.

extension Waveform {
    /// Decodes a JSON data file somebody else wrote, trusting nothing in it.
    ///
    /// Takes versions 1 and 2; keys may come in any order, unknown ones are passed over, a missing `channels` is 1.
    /// Throws `badWaveformFile` for anything else, `waveformTooLarge` beyond `WaveformLimits`.
    public init(decodingJSON file: Span<UInt8>) throws(AudioError) {
        guard file.count <= WaveformLimits.fileBytes else { throw Self.tooLarge }
        var fields: [String: Int] = [:]
        var data: [Int16]?
        var cursor = JSONCursor()
        let known: Set = ["version", "channels", "sample_rate", "samples_per_pixel", "bits", "length"]
        try cursor.expect("{", in: file)
        var first = true
        while try !cursor.take("}", in: file) {
            if !first { try cursor.expect(",", in: file) }
            first = false
            let key = try cursor.string(in: file)
            try cursor.expect(":", in: file)
            if key == "data" {
                guard data == nil else { throw Self.damaged("it has its data twice") }
                data = try cursor.samples(in: file)
            } else if known.contains(key) {
                guard try fields.updateValue(cursor.integer(in: file), forKey: key) == nil else {
                    throw Self.damaged("it says \(key) twice")
                }
            } else {
                try cursor.skip(in: file, depth: 0)
            }
        }
        try cursor.end(in: file)
        try self.init(fields, data)
    }

    private init(_ fields: [String: Int], _ data: [Int16]?) throws(AudioError) {
        func field(_ name: String) throws(AudioError) -> Int {
            guard let value = fields[name] else { throw Self.damaged("it does not say its \(name)") }
            return value
        }
        guard try (1...2).contains(field("version")) else { throw Self.damaged("its version is not 1 or 2") }
        guard let bits = try Bits(rawValue: field("bits")) else { throw Self.damaged("its bits are not 8 or 16") }
        let header = try Header(
            sampleRate: field("sample_rate"), samplesPerPoint: field("samples_per_pixel"), count: field("length"),
            channels: fields["channels"] ?? 1, bits: bits)
        guard let data else { throw Self.damaged("it has no data") }
        guard data.count == 2 * header.count * header.channels else {
            throw Self.damaged("it does not have as many values as it says")
        }
        guard bits == .sixteen || data.allSatisfy({ (-128...127).contains($0) }) else {
            throw Self.damaged("a value does not fit 8 bits")
        }
        try self.init(header, bits == .sixteen ? data : data.map { $0 * 256 })
    }
}

/// A place in a JSON text, and the few things that can be read there.
struct JSONCursor {
    private var at = 0

    /// Reads one character of punctuation.
    mutating func expect(_ character: Unicode.Scalar, in file: Span<UInt8>) throws(AudioError) {
        guard try take(character, in: file) else { throw malformed }
    }

    /// Reads one character of punctuation if it is there.
    mutating func take(_ character: Unicode.Scalar, in file: Span<UInt8>) throws(AudioError) -> Bool {
        guard try peek(in: file) == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    /// Accepts white space and the end of the text.
    mutating func end(in file: Span<UInt8>) throws(AudioError) {
        skipSpace(in: file)
        guard at == file.count else { throw malformed }
    }

    /// A string as it stands, escapes not resolved: no key we know has any.
    mutating func string(in file: Span<UInt8>) throws(AudioError) -> String {
        try expect("\"", in: file)
        let start = at
        while at < file.count, file[at] != UInt8(ascii: "\"") {
            guard file[at] >= 0x20 else { throw malformed }
            at += file[at] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard at < file.count else { throw malformed }
        at += 1
        // A longer key is unknown in any case.
        let length = min(at - 1 - start, 64)
        return String(decoding: (0..<length).map { file[start + $0] }, as: UTF8.self)
    }

    /// A whole number without fraction and exponent, of at most 10 digits.
    mutating func integer(in file: Span<UInt8>) throws(AudioError) -> Int {
        let negative = try take("-", in: file)
        var value = 0
        let start = at
        while at < file.count, case let digit = file[at], (0x30...0x39).contains(digit) {
            guard at - start < 10 else { throw malformed }
            value = value * 10 + Int(digit - 0x30)
            at += 1
        }
        let digits = at - start
        guard digits > 0, digits == 1 || file[start] != 0x30 else { throw malformed }
        return negative ? -value : value
    }

    /// An array of 16-bit numbers.
    mutating func samples(in file: Span<UInt8>) throws(AudioError) -> [Int16] {
        try expect("[", in: file)
        var values: [Int16] = []
        guard try !take("]", in: file) else { return values }
        repeat {
            guard let value = try Int16(exactly: integer(in: file)) else {
                throw Waveform.damaged("a value does not fit 16 bits")
            }
            guard values.count < 2 * WaveformLimits.values else { throw Waveform.tooLarge }
            values.append(value)
        } while try take(",", in: file)
        try expect("]", in: file)
        return values
    }

    /// Passes over one value of any kind.
    mutating func skip(in file: Span<UInt8>, depth: Int) throws(AudioError) {
        guard depth < WaveformLimits.nesting else { throw Waveform.damaged("its values nest too deeply") }
        switch try peek(in: file) {
        case UInt8(ascii: "\""): _ = try string(in: file)
        case UInt8(ascii: "["): try skipMembers("[", "]", in: file, depth: depth)
        case UInt8(ascii: "{"): try skipMembers("{", "}", in: file, depth: depth)
        default: try skipWord(in: file)
        }
    }

    private mutating func skipMembers(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, in file: Span<UInt8>, depth: Int
    ) throws(AudioError) {
        try expect(open, in: file)
        guard try !take(close, in: file) else { return }
        repeat {
            if open == "{" {
                _ = try string(in: file)
                try expect(":", in: file)
            }
            try skip(in: file, depth: depth + 1)
        } while try take(",", in: file)
        try expect(close, in: file)
    }

    /// Passes over a number or one of the three words.
    private mutating func skipWord(in file: Span<UInt8>) throws(AudioError) {
        let start = at
        while at < file.count, isWord(file[at]) { at += 1 }
        let word = String(decoding: (start..<min(at, start + 64)).map { file[$0] }, as: UTF8.self)
        let isNumber = Double(word)?.isFinite == true && word.first.map { "-0123456789".contains($0) } == true
        guard ["true", "false", "null"].contains(word) || isNumber else { throw malformed }
    }

    private func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "E"),
            UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private mutating func peek(in file: Span<UInt8>) throws(AudioError) -> UInt8 {
        skipSpace(in: file)
        guard at < file.count else { throw Waveform.damaged("it ends too early") }
        return file[at]
    }

    private mutating func skipSpace(in file: Span<UInt8>) {
        while at < file.count, case let byte = file[at], byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            at += 1
        }
    }

    private var malformed: AudioError { Waveform.damaged("its JSON is damaged at byte \(at)") }
}
