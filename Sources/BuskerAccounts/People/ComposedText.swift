// Text in its composed form, without Foundation.

@_spi(_Unicode) import Swift

/// Normalisation form C of Unicode (UAX 15), so that what looks the same because it is the same has the same bytes.
enum ComposedText {
    /// The text in form C.
    static func compose(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
        var scalars = String.UnicodeScalarView()
        for scalar in text._nfc { scalars.append(scalar) }
        return String(scalars)
    }
}
