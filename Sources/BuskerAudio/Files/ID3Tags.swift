// Reads the words of ID3 tags.

/// ID3v2.2 to 2.4 at the beginning, ID3v1 at the end.
enum ID3Tags {
    private static let names: [String: AudioTags.Key] = [
        "TIT2": .title, "TPE1": .artist, "TALB": .album, "TCON": .genre, "TDRC": .date, "TYER": .date,
        "TRCK": .trackNumber, "COMM": .comment, "TCOP": .copyright,
        "TT2": .title, "TP1": .artist, "TAL": .album, "TCO": .genre, "TYE": .date, "TRK": .trackNumber,
        "COM": .comment, "TCR": .copyright,
    ]

    /// Reads what is there; damaged tags read as none.
    static func read(_ store: ByteStore) -> AudioTags {
        var tags = AudioTags()
        readFirst(store, &tags)
        readLast(store, &tags)
        return tags
    }

    private static func readFirst(_ store: ByteStore, _ tags: inout AudioTags) {
        let head = HeaderBytes(store, at: 0, 10)
        guard let size = Sniff.id3Size(head), head[5] & 0xC0 == 0, (2...4).contains(head[3]) else { return }
        let version = head[3]
        let (nameBytes, headBytes) = version == 2 ? (3, 6) : (4, 10)
        let end = min(size, store.count)
        var offset = 10
        for _ in 0..<AudioLimits.chunksMax where offset + headBytes <= end {
            let frame = HeaderBytes(store, at: offset, headBytes)
            guard frame[0] != 0 else { return }
            let length =
                switch version {
                case 2: Int(frame.big(3, 3))
                case 3: frame.big32(4)
                default: (0..<4).reduce(0) { $0 << 7 | Int(frame[4 + $1] & 0x7F) }
                }
            offset += headBytes
            guard length > 0, offset + length <= end else { return }
            let name = String(decoding: frame.bytes.prefix(nameBytes), as: UTF8.self)
            if let key = names[name], tags[key] == nil {
                let body = store.bytes(at: offset, min(length, AudioLimits.tagBytesMax))
                tags[key] = text(body, skipsLanguage: key == .comment)
            }
            offset += length
        }
    }

    private static func text(_ body: [UInt8], skipsLanguage: Bool) -> String? {
        guard let encoding = body.first else { return nil }
        var rest = body.dropFirst()
        let isWide = encoding == 1 || encoding == 2
        if skipsLanguage {
            rest = rest.dropFirst(3)
            rest = afterTerminator(rest, isWide: isWide)
        }
        guard isWide else {
            let line = Array(rest.prefix { $0 != 0 })
            return encoding == 0
                ? AudioTags.clean(line.flatMap { Array(String(Unicode.Scalar($0)).utf8) }) : AudioTags.clean(line)
        }
        var isBig = encoding == 2
        if rest.starts(with: [0xFE, 0xFF]) { (isBig, rest) = (true, rest.dropFirst(2)) }
        if rest.starts(with: [0xFF, 0xFE]) { (isBig, rest) = (false, rest.dropFirst(2)) }
        let raw = Array(rest)
        var units: [UInt16] = []
        for i in stride(from: 0, to: raw.count - 1, by: 2) {
            let (high, low) = isBig ? (raw[i], raw[i + 1]) : (raw[i + 1], raw[i])
            units.append(UInt16(high) << 8 | UInt16(low))
        }
        return AudioTags.clean(Array(String(decoding: units.prefix { $0 != 0 }, as: UTF16.self).utf8))
    }

    private static func afterTerminator(_ bytes: ArraySlice<UInt8>, isWide: Bool) -> ArraySlice<UInt8> {
        guard isWide else { return bytes.drop { $0 != 0 }.dropFirst() }
        var rest = bytes
        while rest.count >= 2 {
            let unit = rest.prefix(2)
            rest = rest.dropFirst(2)
            if unit.allSatisfy({ $0 == 0 }) { break }
        }
        return rest
    }

    private static func readLast(_ store: ByteStore, _ tags: inout AudioTags) {
        let tag = HeaderBytes(store, at: store.count - 128, 128)
        guard tag.has("TAG") else { return }
        func field(_ key: AudioTags.Key, _ from: Int, _ length: Int) {
            guard tags[key] == nil else { return }
            let raw = tag.bytes[from..<from + length].prefix { $0 != 0 }
            let trimmed = raw.reversed().drop { $0 == 0x20 }.reversed()
            tags[key] = AudioTags.clean(Array(trimmed))
        }
        field(.title, 3, 30)
        field(.artist, 33, 30)
        field(.album, 63, 30)
        field(.date, 93, 4)
        field(.comment, 97, 28)
    }
}
