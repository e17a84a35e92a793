// Tables whose columns line up, whatever the letters.

/// A table for people.
struct Columns {
    /// To which side a column keeps.
    enum Side {
        case left
        case right
    }

    private let heads: [(name: String, side: Side)]
    private var rows: [[String]] = []

    init(_ heads: (name: String, side: Side)...) { self.heads = heads }

    mutating func add(_ cells: String...) { rows.append(cells.map(Self.visible)) }

    /// The lines of the table, its heads first.
    var text: String { lines([heads.map(\.name)] + rows) }

    /// The lines without the heads, set in.
    var body: String { lines(rows).split(separator: "\n").map { "  " + $0 }.joined(separator: "\n") }

    private func lines(_ all: [[String]]) -> String {
        let widths = heads.indices.map { column in all.map { Self.width($0[column]) }.max() ?? 0 }
        return all.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let gap = String(repeating: " ", count: widths[column] - Self.width(cell))
                line += column > 0 ? "  " : ""
                line += heads[column].side == .right ? gap + cell : cell + gap
            }
            while line.last == " " { line.removeLast() }
            return line
        }
        .joined(separator: "\n")
    }

    /// Text without what would move the cursor or colour a terminal.
    static func visible(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
    }

    /// How many columns of a terminal a text takes.
    static func width(_ text: String) -> Int {
        text.reduce(0) { total, character in
            let scalars = character.unicodeScalars
            let widest = scalars.map(width).max() ?? 0
            let isEmoji = scalars.contains { $0.value == 0xFE0F } && scalars.count > 1
            return total + (isEmoji ? 2 : widest)
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: scalar.value != 0x200D
        default: false
        }
    }

    /// Wide letters after Unicode's East Asian Width, the ranges that terminals agree on.
    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        let wide: [ClosedRange<UInt32>] = [
            0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF,
            0x20000...0x3FFFD,
        ]
        return wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }
}
