// What kinds of uploads there are, and how large they may be.

/// A kind of upload: which types it accepts, how large they may be, how much may come out of them.
public struct UploadCategory: Sendable, Hashable {
    /// 50 MB, the limit of the ready-made categories.
    public static let bytesMaxStandard: Int64 = 50_000_000

    /// The name, which is kept with each upload.
    public let name: String
    /// The types it accepts.
    public let types: [MediaType]
    /// The most bytes.
    public var bytesMax: Int64
    /// The most bytes of an upload that does not say how long it is.
    public var unknownBytesMax: Int64
    /// How much may come out of it when it is decoded.
    public var budget: DecodeBudget

    /// Makes a category; uploads of unknown length get a fifth of the limit unless something else is given.
    public init(
        _ name: String, types: [MediaType], bytesMax: Int64 = bytesMaxStandard, unknownBytesMax: Int64? = nil,
        budget: DecodeBudget = .standard
    ) {
        self.name = name
        self.types = types
        self.bytesMax = max(bytesMax, 1)
        self.unknownBytesMax = min(unknownBytesMax ?? max(bytesMax / 5, 1), self.bytesMax)
        self.budget = budget
    }

    /// Pictures.
    public static let image = UploadCategory("image", types: [.png, .jpeg, .webp, .gif, .avif, .heic])
    /// Video.
    public static let video = UploadCategory("video", types: [.mp4, .quickTime, .webm, .matroska, .ogv, .avi])
    /// Documents: PDF and plain text.
    public static let document = UploadCategory("document", types: [.pdf, .text])
    /// Sound.
    public static let audio = UploadCategory(
        "audio", types: [.wav, .aiff, .flac, .ogg, .mp3, .aac, .m4a, .caf, .au, .weba])

    /// The same category with another limit.
    public func limited(to bytesMax: Int64) -> UploadCategory {
        UploadCategory(name, types: types, bytesMax: bytesMax, budget: budget)
    }

    /// What the content will be if the client tells the truth; nothing when it says nothing.
    ///
    /// - Throws: ``StorageError`` with `badType` when type and ending disagree or are not accepted, before a byte is read.
    func promised(declared: String?, name: DisplayName) throws(StorageError) -> MediaType? {
        let said = Self.said(declared)
        guard said != nil || name.ending != nil else { return nil }
        let fits = types.filter { Self.agrees($0, said: said, ending: name.ending) }
        guard let first = fits.first else { throw Self.refusal(self.name) }
        return first
    }

    /// What the content is, when its first bytes, the declared type and the ending of its name agree.
    ///
    /// A type of `application/octet-stream` and a name without ending say nothing; everything else must fit.
    /// - Throws: ``StorageError`` with `badType`.
    public func check(head: [UInt8], declared: String?, name: DisplayName) throws(StorageError) -> MediaType {
        let found = MediaSniffer.types(of: head)
        guard !found.isEmpty else {
            throw StorageError(.badType, "The content is of no type that is known, whatever its name is.")
        }
        let allowed = found.filter(types.contains)
        guard let likeliest = allowed.first else {
            throw StorageError(.badType, "The content is \(found[0].name), which is no \(self.name) that is accepted.")
        }
        let said = Self.said(declared)
        guard let agreed = allowed.first(where: { Self.agrees($0, said: said, ending: name.ending) }) else {
            throw StorageError(
                .badType,
                "The content is \(likeliest.name); its declared type or the ending of its name says otherwise.")
        }
        return agreed
    }

    private static func said(_ declared: String?) -> String? {
        guard let declared else { return nil }
        let plain = MediaType.plain(declared)
        return plain.isEmpty || plain == "application/octet-stream" || plain == "binary/octet-stream" ? nil : plain
    }

    private static func agrees(_ type: MediaType, said: String?, ending: String?) -> Bool {
        if let said, !type.answers(to: said) { return false }
        if let ending, !type.endings.contains(ending) { return false }
        return true
    }

    private static func refusal(_ category: String) -> StorageError {
        StorageError(.badType, "The declared type and the ending of the name are no \(category) that is accepted.")
    }
}
