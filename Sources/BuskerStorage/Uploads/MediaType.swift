// The types of content that are known by their first bytes.

/// What a content is, by the name that Busker gives it.
public struct MediaType: Sendable, Hashable, CustomStringConvertible {
    /// The type as it is kept and sent, such as `audio/wav`.
    public let name: String
    /// Other names that clients send for it.
    public let aliases: Set<String>
    /// Endings of names, in lower case without the dot; the first is the one for keys and downloads.
    public let endings: [String]

    /// Names a type.
    public init(_ name: String, aliases: Set<String> = [], endings: [String]) {
        self.name = name
        self.aliases = aliases
        self.endings = endings
    }

    /// What stands before the slash.
    public var family: String { String(name.prefix { $0 != "/" }) }

    /// The name.
    public var description: String { name }

    /// Whether two types have the same name.
    public static func == (a: MediaType, b: MediaType) -> Bool { a.name == b.name }
    /// Mixes in the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// Whether a client that says this means this type; parameters and case do not matter.
    func answers(to declared: String) -> Bool {
        let plain = Self.plain(declared)
        return plain == name || aliases.contains(plain)
    }

    static func plain(_ declared: String) -> String {
        let name = declared.prefix { $0 != ";" }
        return name.split(whereSeparator: \.isWhitespace).joined().lowercased()
    }

    /// WAV, also RF64 and W64.
    public static let wav = MediaType(
        "audio/wav", aliases: ["audio/x-wav", "audio/wave", "audio/vnd.wave", "audio/x-pn-wav"],
        endings: ["wav", "wave", "rf64", "w64", "bwf"])
    /// AIFF and AIFF-C.
    public static let aiff = MediaType("audio/aiff", aliases: ["audio/x-aiff"], endings: ["aiff", "aif", "aifc"])
    /// FLAC.
    public static let flac = MediaType("audio/flac", aliases: ["audio/x-flac"], endings: ["flac"])
    /// Sound in Ogg: Vorbis, Opus, FLAC or Speex.
    public static let ogg = MediaType(
        "audio/ogg",
        aliases: ["application/ogg", "audio/opus", "audio/vorbis", "audio/x-vorbis+ogg", "audio/x-opus+ogg"],
        endings: ["ogg", "oga", "opus", "spx"])
    /// MP3.
    public static let mp3 = MediaType(
        "audio/mpeg", aliases: ["audio/mp3", "audio/x-mp3", "audio/mpeg3", "audio/x-mpeg"], endings: ["mp3"])
    /// AAC in ADTS.
    public static let aac = MediaType("audio/aac", aliases: ["audio/x-aac", "audio/aacp"], endings: ["aac", "adts"])
    /// Sound in MP4.
    public static let m4a = MediaType(
        "audio/mp4", aliases: ["audio/x-m4a", "audio/m4a", "audio/mp4a-latm"], endings: ["m4a", "m4b", "mp4"])
    /// Apple's CAF.
    public static let caf = MediaType("audio/x-caf", aliases: ["audio/caf"], endings: ["caf"])
    /// Sun's AU.
    public static let au = MediaType("audio/basic", aliases: ["audio/x-au", "audio/au"], endings: ["au", "snd"])
    /// Sound in WebM.
    public static let weba = MediaType("audio/webm", endings: ["weba", "webm"])

    /// MP4 video.
    public static let mp4 = MediaType(
        "video/mp4", aliases: ["video/x-m4v", "application/mp4"], endings: ["mp4", "m4v"])
    /// QuickTime.
    public static let quickTime = MediaType("video/quicktime", endings: ["mov", "qt"])
    /// WebM.
    public static let webm = MediaType("video/webm", endings: ["webm"])
    /// Matroska.
    public static let matroska = MediaType(
        "video/x-matroska", aliases: ["video/matroska", "audio/x-matroska"], endings: ["mkv", "mka"])
    /// Video in Ogg.
    public static let ogv = MediaType("video/ogg", aliases: ["application/ogg"], endings: ["ogv", "ogg"])
    /// AVI.
    public static let avi = MediaType("video/x-msvideo", aliases: ["video/avi", "video/msvideo"], endings: ["avi"])

    /// PNG.
    public static let png = MediaType("image/png", aliases: ["image/x-png"], endings: ["png"])
    /// JPEG.
    public static let jpeg = MediaType("image/jpeg", aliases: ["image/jpg", "image/pjpeg"], endings: ["jpg", "jpeg"])
    /// WebP.
    public static let webp = MediaType("image/webp", endings: ["webp"])
    /// GIF.
    public static let gif = MediaType("image/gif", endings: ["gif"])
    /// AVIF.
    public static let avif = MediaType("image/avif", endings: ["avif"])
    /// HEIC.
    public static let heic = MediaType("image/heic", aliases: ["image/heif"], endings: ["heic", "heif"])

    /// PDF.
    public static let pdf = MediaType("application/pdf", aliases: ["application/x-pdf"], endings: ["pdf"])
    /// Text in UTF-8 without marks of a language that a browser runs.
    public static let text = MediaType(
        "text/plain", aliases: ["text/x-lrc", "application/x-subrip", "text/srt"], endings: ["txt", "lrc", "srt"])
    /// ZIP, which no ready-made category accepts; documents of offices and programs are such, too.
    public static let zip = MediaType(
        "application/zip", aliases: ["application/x-zip-compressed", "application/x-zip"], endings: ["zip"])
}
