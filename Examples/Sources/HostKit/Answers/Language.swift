// In which language somebody is answered.

/// The languages of a host.
public enum Language: String, Sendable, CaseIterable {
    /// English.
    case english = "en"
    /// Korean.
    case korean = "ko"

    /// The language that `Accept-Language` (RFC 9110, section 12.5.4) likes best; English where it likes none.
    public init(accepting header: String?) {
        var best: (language: Language, weight: Double) = (.english, 0)
        for item in (header ?? "").prefix(1_000).split(separator: ",").prefix(32) {
            let parts = item.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            guard let tag = parts.first?.lowercased() else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            let primary = tag.split(separator: "-").first.map(String.init) ?? ""
            guard let language = Language(rawValue: primary), quality > best.weight else { continue }
            best = (language, quality)
        }
        self = best.language
    }
}
