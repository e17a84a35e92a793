// What a content is by its first bytes, whatever its sender says.

/// Looks at the first bytes of a content.
///
/// The signatures are those of the formats' own documents. A signature is no proof: whoever opens the content has the last word.
public enum MediaSniffer {
    /// How many first bytes are looked at.
    public static let bytesMax = 65_536

    /// The types that begin like this, the likeliest first; none when the content is not known.
    ///
    /// Several only where a container says nothing about what it holds: MP4 and WebM are sound or video.
    public static func types(of head: [UInt8]) -> [MediaType] {
        let head = Head(head.prefix(bytesMax))
        if let fixed = signatures.first(where: { head.has($0.signature, at: 0) }) { return [fixed.type] }
        if head.has("RIFF") || head.has("RF64") { return riff(head) }
        if head.has("FORM") { return head.has("AIFF", at: 8) || head.has("AIFC", at: 8) ? [.aiff] : [] }
        if head.has("OggS") { return ogg(head) }
        if head.has("ftyp", at: 4) { return mp4(head) }
        if head.has([0x1A, 0x45, 0xDF, 0xA3], at: 0) { return matroska(head) }
        if head.has("ID3") { return head.byte(3) < 0xFF && head.byte(4) < 0xFF ? [.mp3] : [] }
        if let frames = FrameSync.type(of: head) { return [frames] }
        return PlainText.isPlain(head.bytes) ? [.text] : []
    }

    private static let signatures: [(signature: [UInt8], type: MediaType)] = [
        (Array("riff".utf8) + [0x2E, 0x91, 0xCF, 0x11], .wav),
        (Array("fLaC".utf8), .flac), (Array("caff".utf8), .caf), (Array(".snd".utf8), .au),
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .png), ([0xFF, 0xD8, 0xFF], .jpeg),
        (Array("GIF87a".utf8), .gif), (Array("GIF89a".utf8), .gif), (Array("%PDF-".utf8), .pdf),
        ([0x50, 0x4B, 0x03, 0x04], .zip), ([0x50, 0x4B, 0x05, 0x06], .zip),
    ]

    private static func riff(_ head: Head) -> [MediaType] {
        if head.has("WAVE", at: 8) { return [.wav] }
        if head.has("WEBP", at: 8) { return [.webp] }
        return head.has("AVI ", at: 8) ? [.avi] : []
    }

    /// The first page of every stream stands at the front, with the name of what is in it.
    private static func ogg(_ head: Head) -> [MediaType] {
        let front = Head(head.bytes.prefix(4096))
        if front.contains([0x80] + Array("theora".utf8)) { return [.ogv] }
        let sounds = ["OpusHead", "\u{1}vorbis", "\u{7F}FLAC", "Speex   "]
        return sounds.contains { front.contains(Array($0.utf8)) } ? [.ogg] : []
    }

    private static func mp4(_ head: Head) -> [MediaType] {
        let brand = head.text(8..<12)
        switch brand {
        case "M4A ", "M4B ", "M4P ": return [.m4a]
        case "qt  ": return [.quickTime]
        case "avif", "avis": return [.avif]
        case "heic", "heix", "hevc", "mif1", "msf1": return [.heic]
        case "M4V ", "M4VH", "M4VP": return [.mp4]
        default: return head.count >= 12 ? [.mp4, .m4a] : []
        }
    }

    private static func matroska(_ head: Head) -> [MediaType] {
        let front = Head(head.bytes.prefix(64))
        if front.contains([0x42, 0x82, 0x84] + Array("webm".utf8)) { return [.webm, .weba] }
        return front.contains(Array("matroska".utf8)) ? [.matroska] : []
    }
}

/// Bytes at the front of a content.
struct Head {
    let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    var count: Int { bytes.count }

    /// The byte at a place, 0xFF behind the end.
    func byte(_ at: Int) -> UInt8 {
        let place = bytes.startIndex + at
        return place < bytes.endIndex ? bytes[place] : 0xFF
    }

    func has(_ text: String, at place: Int = 0) -> Bool { has(Array(text.utf8), at: place) }

    func has(_ signature: [UInt8], at place: Int) -> Bool {
        bytes.count >= place + signature.count && bytes.dropFirst(place).starts(with: signature)
    }

    func contains(_ signature: [UInt8]) -> Bool { bytes.firstRange(of: signature) != nil }

    func text(_ range: Range<Int>) -> String {
        String(decoding: bytes.dropFirst(range.lowerBound).prefix(range.count), as: UTF8.self)
    }
}
