// Sound that begins with a frame instead of a signature.

/// Finds MP3 and AAC by their frames: the second must stand where the first one says, because eleven set bits are no signature.
enum FrameSync {
    static func type(of head: Head) -> MediaType? {
        if let length = adts(head, at: 0), head.count <= length || adts(head, at: length) != nil { return .aac }
        if let length = mpeg(head, at: 0), head.count <= length || mpeg(head, at: length) != nil { return .mp3 }
        return nil
    }

    /// The length of an ADTS frame that begins here.
    private static func adts(_ head: Head, at place: Int) -> Int? {
        guard head.count >= place + 7, head.byte(place) == 0xFF, head.byte(place + 1) & 0xF6 == 0xF0,
            head.byte(place + 2) >> 2 & 0xF < 13
        else { return nil }
        let length =
            Int(head.byte(place + 3) & 3) << 11 | Int(head.byte(place + 4)) << 3 | Int(head.byte(place + 5) >> 5)
        return length > 7 ? length : nil
    }

    private static let rates1: [Int] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    private static let rates2: [Int] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
    private static let samples: [Int] = [44_100, 48_000, 32_000]

    /// The length of a frame of layer III that begins here (ISO 11172-3, ISO 13818-3).
    private static func mpeg(_ head: Head, at place: Int) -> Int? {
        guard head.count >= place + 4, head.byte(place) == 0xFF, head.byte(place + 1) & 0xE6 == 0xE2 else { return nil }
        let version = Int(head.byte(place + 1) >> 3 & 3)
        let rate = Int(head.byte(place + 2) >> 4)
        let sample = Int(head.byte(place + 2) >> 2 & 3)
        guard version != 1, rate > 0, rate < 15, sample < 3 else { return nil }
        let padding = Int(head.byte(place + 2) >> 1 & 1)
        let isFirst = version == 3
        let kilobits = isFirst ? rates1[rate] : rates2[rate]
        let hertz = samples[sample] / (isFirst ? 1 : version == 2 ? 2 : 4)
        return (isFirst ? 144 : 72) * kilobits * 1000 / hertz + padding
    }
}

/// Tells text from everything else.
enum PlainText {
    /// Whether bytes are text in UTF-8 that nothing runs: no control characters, no marks of HTML, XML, PostScript or a script.
    static func isPlain(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard !bytes.isEmpty else { return false }
        let whole = bytes.count < MediaSniffer.bytesMax ? bytes : bytes.dropLast(tail(of: bytes))
        guard String(validating: whole, as: UTF8.self) != nil else { return false }
        let isQuiet = whole.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 9 || $0 == 10 || $0 == 13 }
        guard isQuiet, !whole.starts(with: Array("#!".utf8)), !whole.starts(with: Array("%!".utf8)) else {
            return false
        }
        return !hasMarkup(whole)
    }

    /// How many bytes of a character stand at the end that goes on behind it.
    private static func tail(of bytes: ArraySlice<UInt8>) -> Int {
        for back in 1...3 {
            let byte = bytes[bytes.endIndex - back]
            if byte & 0xC0 == 0x80 { continue }
            let width = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return width > back ? back : 0
        }
        return 0
    }

    private static func hasMarkup(_ bytes: ArraySlice<UInt8>) -> Bool {
        var before: UInt8 = 0
        for byte in bytes {
            let letter = byte | 0x20
            let opens = letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "z") || "!?/".utf8.contains(byte)
            if before == UInt8(ascii: "<"), opens { return true }
            before = byte
        }
        return false
    }
}
