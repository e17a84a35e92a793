// Writes the few elements of SVG that drawings need.

/// A growing SVG document without identifiers, so that many can stand in one page.
struct SVGCanvas {
    private var text = PlainText()

    init(width: Int, height: Int, title: String?, background: WaveformColor?) {
        text.append("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\"")
        text.append(" viewBox=\"0 0 \(width) \(height)\" role=\"img\">\n")
        if let title { text.append("<title>\(Self.escaped(title))</title>\n") }
        if let background { text.append("<rect width=\"100%\" height=\"100%\" fill=\"\(background)\"/>\n") }
    }

    /// Draws a filled shape, if it has any part.
    mutating func fill(_ path: SVGPath, _ color: WaveformColor) {
        guard !path.isEmpty else { return }
        text.append("<path fill=\"\(color)\" d=\"")
        text.append(path.text)
        text.append("\"/>\n")
    }

    /// Draws lines of a thickness, if there are any.
    mutating func stroke(_ path: SVGPath, _ color: WaveformColor, thickness: Double, rounded: Bool) {
        guard !path.isEmpty else { return }
        text.append("<path fill=\"none\" stroke=\"\(color)\" stroke-width=\"")
        text.append(SVGPath.hundredths(thickness), places: 2)
        text.append(rounded ? "\" stroke-linecap=\"round\" stroke-linejoin=\"round\" d=\"" : "\" d=\"")
        text.append(path.text)
        text.append("\"/>\n")
    }

    /// The whole document.
    consuming func finish() -> String {
        text.append("</svg>\n")
        return text.string
    }

    /// Text for XML: markup characters become entities, what XML 1.0 cannot hold becomes a space.
    static func escaped(_ title: String) -> String {
        var out = ""
        for scalar in title.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            case "\u{0}"..<" ", "\u{7F}"..<"\u{A0}", "\u{FFFE}"..."\u{FFFF}": out += " "
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

/// The data of a path, in hundredths of a unit.
struct SVGPath {
    private var buffer = PlainText()

    /// What stands in the attribute.
    var text: String { buffer.string }

    var isEmpty: Bool { buffer.bytes.isEmpty }

    /// Begins at a place.
    mutating func move(_ x: Double, _ y: Double) { append("M", x, y) }

    /// Draws on to a place.
    mutating func line(_ x: Double, _ y: Double) { append("L", x, y) }

    /// Draws on straight up or down.
    mutating func vertical(_ y: Double) {
        buffer.append("V" as Unicode.Scalar)
        buffer.append(Self.hundredths(y), places: 2)
    }

    /// Draws back to the beginning.
    mutating func close() { buffer.append("Z" as Unicode.Scalar) }

    static func hundredths(_ value: Double) -> Int { Int((value * 100).rounded()) }

    private mutating func append(_ command: Unicode.Scalar, _ x: Double, _ y: Double) {
        buffer.append(command)
        buffer.append(Self.hundredths(x), places: 2)
        if y >= 0 || Self.hundredths(y) == 0 { buffer.append(" " as Unicode.Scalar) }
        buffer.append(Self.hundredths(y), places: 2)
    }
}
