// Tells from the first bytes what a file really is.

/// What the first bytes of a file show.
enum Sniff {
    /// A container that is read, with the offset where it begins.
    static func container(of store: ByteStore) throws(AudioError) -> (AudioContainer, start: Int) {
        let tagged = try skipID3(store)
        let head = HeaderBytes(store, at: tagged, 64)
        if head.has("RIFF"), head.has("WAVE", at: 8), tagged == 0 { return (.wav, 0) }
        if head.has("RF64"), head.has("WAVE", at: 8), tagged == 0 { return (.rf64, 0) }
        if head.has("riff"), head.bytes.count >= 40, isW64(head), tagged == 0 { return (.w64, 0) }
        if head.has("FORM"), head.has("AIFF", at: 8) || head.has("AIFC", at: 8), tagged == 0 { return (.aiff, 0) }
        if head.has("caff"), tagged == 0 { return (.caf, 0) }
        if head.has("fLaC") { return (.flac, tagged) }
        if head.has("OggS"), tagged == 0 { return (.ogg, 0) }
        if tagged > 0 || MPEGFrame(head, at: 0) != nil { return (.mpeg, tagged) }
        if let foreign = foreign(head) { throw foreign }
        if MPEGWalk.findsFrames(in: store, from: 0, within: MPEGWalk.leadingJunkMax) { return (.mpeg, 0) }
        throw AudioError(
            .notAudio,
            "This is not a sound file that can be read. Please send WAV, FLAC, MP3, Ogg Vorbis, Opus, AIFF or CAF.")
    }

    /// The offset behind all leading ID3v2 tags.
    private static func skipID3(_ store: ByteStore) throws(AudioError) -> Int {
        var offset = 0
        for _ in 0..<8 {
            let head = HeaderBytes(store, at: offset, 10)
            guard let size = id3Size(head) else { break }
            offset += size
            guard offset < store.count else {
                throw FileHeader.damaged("The file ends inside its tags, before any sound.")
            }
        }
        return offset
    }

    /// The whole size of the ID3v2 tag that begins here, if one does.
    static func id3Size(_ head: HeaderBytes) -> Int? {
        guard head.count == 10, head.has("ID3"), head[3] < 0xFF, head[4] < 0xFF else { return nil }
        var size = 0
        for i in 6..<10 {
            guard head[i] < 0x80 else { return nil }
            size = size << 7 | Int(head[i])
        }
        return size + 10 + (head[5] & 0x10 != 0 ? 10 : 0)
    }

    private static func isW64(_ head: HeaderBytes) -> Bool {
        let riff: [UInt8] = [0x2E, 0x91, 0xCF, 0x11, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0x00, 0x00]
        let wave: [UInt8] = [0xF3, 0xAC, 0xD3, 0x11, 0x8C, 0xD1, 0x00, 0xC0, 0x4F, 0x8E, 0xDB, 0x8A]
        return Array(head.bytes[4..<16]) == riff && head.has("wave", at: 24) && Array(head.bytes[28..<40]) == wave
    }

    /// The error that names a well-known kind of file that is not read.
    private static func foreign(_ head: HeaderBytes) -> AudioError? {
        if let name = foreignAudio(head) {
            return AudioError(
                .unsupportedFormat,
                "This is \(name), which is not read here, whatever its name says. Please convert it to WAV, FLAC or MP3."
            )
        }
        if let name = foreignOther(head) {
            return AudioError(
                .notAudio, "This is \(name), not a sound file. Please send WAV, FLAC, MP3, Ogg, AIFF or CAF.")
        }
        return nil
    }

    private static func foreignAudio(_ head: HeaderBytes) -> String? {
        if head.has("ftyp", at: 4) {
            return head.has("M4A", at: 8) || head.has("M4B", at: 8) ? "an M4A file (AAC)" : "an MP4 or QuickTime file"
        }
        if head.big(0, 4) == 0x3026_B275 { return "a Windows Media file (WMA or WMV)" }
        if head.big(0, 4) == 0x1A45_DFA3 { return "a WebM or Matroska file" }
        if head.has("#!AMR") { return "an AMR voice recording" }
        if head[0] == 0xFF, head[1] & 0xF6 == 0xF0 { return "a raw AAC stream" }
        if head.has("RIFF"), head.has("AVI ", at: 8) { return "an AVI video" }
        if head.has("RIFX") || head.has("BW64") { return "a rare variant of WAV" }
        if head.has("MAC ") { return "a Monkey's Audio file" }
        if head.has("wvpk") { return "a WavPack file" }
        if head.has("DSD ") || head.has("FRM8") { return "a DSD file" }
        if head.has(".snd") { return "a Sun audio file" }
        if head.has("MThd") { return "a MIDI file, which holds notes and no sound" }
        if head.has("FLV") { return "a Flash video" }
        if head.has("FORM") { return "an IFF file" }
        return nil
    }

    private static func foreignOther(_ head: HeaderBytes) -> String? {
        if head.has("%PDF") { return "a PDF document" }
        if head.has("PK\u{3}\u{4}") { return "a ZIP archive (or an office document)" }
        if head.has("Rar!") || head.big(0, 4) == 0x377A_BCAF || head.big(0, 3) == 0x1F8B08 { return "a packed archive" }
        if head.big(0, 3) == 0xFFD8FF { return "a JPEG picture" }
        if head.big(0, 4) == 0x8950_4E47 { return "a PNG picture" }
        if head.has("GIF8") { return "a GIF picture" }
        if head.has("RIFF"), head.has("WEBP", at: 8) { return "a WebP picture" }
        if head.big(0, 4) == 0x7F45_4C46 || head.has("MZ") { return "a program" }
        return text(head)
    }

    private static func text(_ head: HeaderBytes) -> String? {
        let isText = head.count > 0 && head.bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (9...13).contains($0) }
        guard isText else { return nil }
        let lower = head.bytes.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
        let words = HeaderBytes(Array(lower.drop { (9...13).contains($0) || $0 == 0x20 }))
        if words.has("<!doctype html") || words.has("<html") {
            return "a web page, perhaps an error page that was saved in place of the download"
        }
        return "a text file"
    }
}
