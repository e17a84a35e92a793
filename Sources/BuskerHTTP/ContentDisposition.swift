// How a file is offered under a name that somebody else chose.

/// The header `Content-Disposition` for a download (RFC 6266, RFC 8187).
///
/// Names may come from buyers. Nothing in them can end the header, name another folder, hide its ending or run: separators, control
/// characters, quotes and marks of writing direction become underscores, and the ASCII form is always there for old readers.
public enum ContentDisposition {
    /// The most bytes of a name; longer names lose their middle, never their ending.
    public static let nameBytesMax = 200

    /// The value of the header for a file that is saved under a name.
    public static func attachment(_ name: String) -> String {
        let safe = safe(name)
        let ascii = String(safe.unicodeScalars.map { $0.isASCII && $0 != "%" ? Character($0) : "_" })
        let encoded = safe.utf8.map { byte in allowed.contains(byte) ? String(UnicodeScalar(byte)) : hex(byte) }
            .joined()
        return "attachment; filename=\"\(ascii)\"; filename*=UTF-8''\(encoded)"
    }

    /// The value of the header for a file that is shown in place, if its type is one that runs nothing; else of a download.
    ///
    /// SVG, HTML, XML and PDF are never shown in place. Send `X-Content-Type-Options: nosniff` with either.
    public static func inline(_ name: String, type: String) -> String {
        let plain = type.prefix { $0 != ";" }.lowercased()
        let offer = attachment(name)
        return shown.contains(plain) ? "inline" + offer.dropFirst("attachment".count) : offer
    }

    /// Types that a browser may show without running what is in them.
    private static let shown: Set<String> = [
        "text/plain", "image/png", "image/jpeg", "image/gif", "image/bmp", "image/webp", "audio/wav", "audio/ogg",
        "audio/webm", "audio/mpeg", "audio/flac", "audio/mp4", "video/mp4", "video/webm", "video/ogg",
    ]

    /// The name without anything that a file system, a shell or a reader of headers could take for more than a name.
    public static func safe(_ name: String) -> String {
        var scalars = name.unicodeScalars.map { isDangerous($0) ? "_" : $0 }
        while let first = scalars.first, first == "." || first == " " || first == "-" { scalars.removeFirst() }
        while let last = scalars.last, last == "." || last == " " { scalars.removeLast() }
        return shortened(scalars.isEmpty ? Array("download".unicodeScalars) : scalars)
    }

    private static func shortened(_ scalars: [Unicode.Scalar]) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        let whole = String(text)
        guard whole.utf8.count > nameBytesMax else { return whole }
        let dot = scalars.lastIndex(of: ".") ?? scalars.count
        let ending = scalars.count - dot <= 12 ? Array(scalars[dot...]) : []
        var room = nameBytesMax - ending.reduce(0) { $0 + UTF8.width($1) }
        var short = String.UnicodeScalarView()
        for scalar in scalars.dropLast(ending.count) {
            room -= UTF8.width(scalar)
            if room < 0 { break }
            short.append(scalar)
        }
        short.append(contentsOf: ending)
        return String(short)
    }

    private static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
        default: "/\\:*?\"<>|;`$".unicodeScalars.contains(scalar)
        }
    }

    /// The characters that stand for themselves in an extended value.
    private static let allowed = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#&+-.^_|~".utf8)

    private static func hex(_ byte: UInt8) -> String {
        let digits = Array("0123456789ABCDEF")
        return "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }
}
