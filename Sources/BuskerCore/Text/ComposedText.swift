// Text in its composed form (NFC) without Foundation.

/// Normalisation form C of Unicode (UAX 15): equal texts become equal bytes.
///
/// The standard library compares texts by this form but does not give it away, so it is made here: decompose, order the marks
/// by their class, compose.
package enum ComposedText {
    /// The text in form C.
    package static func compose(_ text: String) -> String {
        var scalars: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars { decompose(scalar, into: &scalars) }
        order(&scalars)
        var view = String.UnicodeScalarView()
        view.append(contentsOf: joined(scalars))
        return String(view)
    }

    private struct Tables {
        var parts: [Unicode.Scalar: [Unicode.Scalar]] = [:]
        var wholes: [Pair: Unicode.Scalar] = [:]
    }

    private struct Pair: Hashable {
        let first: Unicode.Scalar
        let second: Unicode.Scalar
    }

    private static let tables: Tables = {
        var tables = Tables()
        for run in CompositionTable.text.split(separator: " ") {
            let sides = run.split(separator: ":")
            guard sides.count == 2, var code = UInt32(sides[0], radix: 16) else { continue }
            for entry in sides[1].split(separator: ",") {
                defer { code += 1 }
                let parts = entry.split { $0 == "+" || $0 == "-" }.compactMap(scalar)
                guard let whole = Unicode.Scalar(code) else { continue }
                tables.parts[whole] = parts
                if parts.count == 2, entry.contains("+") {
                    tables.wholes[Pair(first: parts[0], second: parts[1])] = whole
                }
            }
        }
        return tables
    }()

    private static func scalar(_ digits: Substring) -> Unicode.Scalar? {
        UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init)
    }

    /// Hangul: 19 beginnings, 21 middles, 27 ends, and the syllables of them (Unicode 3.12).
    private enum Hangul {
        static let lead: UInt32 = 0x1100
        static let vowel: UInt32 = 0x1161
        static let tail: UInt32 = 0x11A7
        static let syllable: UInt32 = 0xAC00
        static let vowels: UInt32 = 21
        static let tails: UInt32 = 28
        static let syllables: UInt32 = 11_172

        static func parts(_ value: UInt32) -> [UInt32]? {
            guard value >= syllable, value - syllable < syllables else { return nil }
            let index = value - syllable
            let end = index % tails
            let parts = [lead + index / (vowels * tails), vowel + index % (vowels * tails) / tails]
            return end == 0 ? parts : parts + [tail + end]
        }

        static func whole(_ a: UInt32, _ b: UInt32) -> UInt32? {
            if a >= lead, a < lead + 19, b >= vowel, b < vowel + vowels {
                return syllable + ((a - lead) * vowels + b - vowel) * tails
            }
            if a >= syllable, a - syllable < syllables, (a - syllable) % tails == 0, b > tail, b < tail + tails {
                return a + b - tail
            }
            return nil
        }
    }

    private static func decompose(_ scalar: Unicode.Scalar, into scalars: inout [Unicode.Scalar]) {
        if scalar.value < 0xC0 {
            scalars.append(scalar)
        } else if let parts = Hangul.parts(scalar.value) {
            scalars += parts.compactMap(Unicode.Scalar.init)
        } else if let parts = tables.parts[scalar] {
            for part in parts { decompose(part, into: &scalars) }
        } else {
            scalars.append(scalar)
        }
    }

    private static func rank(_ scalar: Unicode.Scalar) -> UInt8 {
        scalar.value < 0x300 ? 0 : scalar.properties.canonicalCombiningClass.rawValue
    }

    /// Sorts the marks behind each letter by their class; marks of one class keep their order.
    private static func order(_ scalars: inout [Unicode.Scalar]) {
        var at = 0
        while at < scalars.count {
            guard rank(scalars[at]) != 0 else {
                at += 1
                continue
            }
            let end = scalars[at...].firstIndex { rank($0) == 0 } ?? scalars.count
            let marks = scalars[at..<end].enumerated()
                .sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
            scalars.replaceSubrange(at..<end, with: marks.map(\.element))
            at = end
        }
    }

    private static func joined(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var starter: Int?
        var last: UInt8 = 0
        for scalar in scalars {
            let rank = rank(scalar)
            if let starter, last < rank || result.count == starter + 1, let whole = whole(result[starter], scalar) {
                result[starter] = whole
                continue
            }
            if rank == 0 { starter = result.count }
            last = rank
            result.append(scalar)
        }
        return result
    }

    private static func whole(_ a: Unicode.Scalar, _ b: Unicode.Scalar) -> Unicode.Scalar? {
        if let whole = Hangul.whole(a.value, b.value) { return Unicode.Scalar(whole) }
        return tables.wholes[Pair(first: a, second: b)]
    }
}
