// The words a file carries about itself.

/// Title, artist and other words of an audio file; always valid UTF-8, at most 4096 bytes each.
public struct AudioTags: Sendable, Hashable {
    /// The tags that are kept.
    public enum Key: String, Sendable, Hashable, CaseIterable {
        /// The title of the piece.
        case title
        /// Who plays it.
        case artist
        /// The album it is on.
        case album
        /// The kind of music.
        case genre
        /// When it was made, as the file words it.
        case date
        /// Its place on the album.
        case trackNumber = "track_number"
        /// A remark.
        case comment
        /// Whose rights they are.
        case copyright
    }

    private var values: [Key: String] = [:]

    /// Makes an empty set.
    public init() {}

    /// The text of one tag; an empty text is no tag.
    public subscript(_ key: Key) -> String? {
        get { values[key] }
        set { values[key] = newValue?.isEmpty == false ? newValue : nil }
    }

    /// Whether there is no tag at all.
    public var isEmpty: Bool { values.isEmpty }

    /// The tags in a fixed order.
    public var all: [(key: Key, text: String)] {
        Key.allCases.compactMap { key in values[key].map { (key, $0) } }
    }

    /// Text from bytes of unknown encoding: UTF-8 where it is valid, Latin-1 otherwise; control characters are dropped.
    static func clean(_ bytes: [UInt8]) -> String? {
        let text: String =
            if let valid = String(validating: bytes, as: UTF8.self) {
                valid
            } else {
                String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
            }
        let kept = text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F || $0 == "\n" || $0 == "\t" }
        let result = String(String.UnicodeScalarView(kept))
        return result.isEmpty ? nil : result
    }
}
