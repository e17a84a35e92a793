// What people call a file, made harmless.

import BuskerCore

/// The name that people see, apart from the key that stores see.
///
/// Whatever a client sent becomes a name: no path, no control characters, nothing that turns the direction of writing or hides,
/// no name of a device, no end that Windows drops, composed (NFC, Unicode 14), at most 255 bytes; its ending stays. What was
/// taken away leaves no gap that means something else: the rules are applied until nothing changes.
public struct DisplayName: Sendable, Hashable, CustomStringConvertible {
    /// The most bytes of a name.
    public static let bytesMax = 255
    /// What a name becomes of which nothing is left.
    public static let fallback = "file"

    /// The name.
    public let text: String

    /// Makes a name of anything.
    public init(_ raw: String) {
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: raw.unicodeScalars.suffix(4 * Self.bytesMax))
        var name = String(scalars)
        for _ in 0..<8 {
            let next = Self.cleaned(name)
            if next.utf8.elementsEqual(name.utf8) { break }
            name = next
        }
        text = name
    }

    /// The name.
    public var description: String { text }

    /// The ending in lower case without its dot, `wav` of `Song.WAV`: at most 8 letters A to Z and digits, not digits only.
    ///
    /// Nothing when there is none, as in `Take 1.5` or `Mr. Smith`.
    public var ending: String? {
        let bytes = Array(text.utf8)
        guard let dot = bytes.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return nil }
        let ending = String(decoding: bytes[(dot + 1)...], as: UTF8.self).lowercased()
        let letters = ending.utf8.filter { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }.count
        let digits = ending.utf8.filter { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }.count
        return letters > 0 && letters + digits == ending.utf8.count && ending.utf8.count <= 8 ? ending : nil
    }

    private static func cleaned(_ raw: String) -> String {
        let composed = ComposedText.compose(raw)
        let segment = composed.unicodeScalars.split { $0 == "/" || $0 == "\\" }.last ?? Substring().unicodeScalars
        var scalars = segment.compactMap(kept)
        while let first = scalars.first, first == "." || first.properties.isWhitespace { scalars.removeFirst() }
        while let last = scalars.last, last == "." || last.properties.isWhitespace { scalars.removeLast() }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        var name = String(view)
        if name.isEmpty { name = fallback }
        if isDevice(name) { name = "_" + name }
        return shortened(name)
    }

    /// The scalar, another for one that some systems take for more than a letter, or nothing.
    private static func kept(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: return nil
        case .format: return scalar == "\u{200C}" || scalar == "\u{200D}" ? scalar : nil
        default: return "<>:\"|?*".unicodeScalars.contains(scalar) ? "_" : scalar
        }
    }

    private static let devices: Set<String> = {
        var names: Set<String> = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"]
        for digit in "0123456789\u{B9}\u{B2}\u{B3}" { names.formUnion(["COM\(digit)", "LPT\(digit)"]) }
        return names
    }()

    private static func isDevice(_ name: String) -> Bool {
        let stem = name.prefix { $0 != "." }
        let end = stem.lastIndex { $0 != " " }.map { stem.index(after: $0) } ?? stem.startIndex
        return devices.contains(stem[..<end].uppercased())
    }

    /// Cuts the middle on a boundary of characters, so that the ending stays.
    private static func shortened(_ name: String) -> String {
        guard name.utf8.count > bytesMax else { return name }
        let dot = name.lastIndex(of: ".") ?? name.endIndex
        let ending = name[dot...].utf8.count <= 16 ? name[dot...] : ""
        var room = bytesMax - ending.utf8.count
        var short = ""
        for character in name[..<(ending.isEmpty ? name.endIndex : dot)] {
            room -= character.utf8.count
            if room < 0 { break }
            short.append(character)
        }
        return short.isEmpty ? fallback + ending : short + ending
    }
}
