// One option of a work, and the values it may have.

/// An option that may be ordered: its name, its values, and the one that counts where it is left out.
public struct WorkOption: Sendable, Hashable {
    /// What an option may be; every value is a text.
    public enum Values: Sendable, Hashable {
        /// One of these, compared byte by byte.
        case oneOf([String])
        /// A whole number of a range in decimal digits, as it is usually written: no `+5` and no `05`.
        case whole(ClosedRange<Int128>)
        /// A text without a zero byte, of at most so many bytes of UTF-8.
        case text(bytesMax: Int)
        /// A whole second of the sound, from 0 up to its last.
        case second
    }

    /// The name by which it is ordered.
    public let name: String
    /// What it may be.
    public let values: Values
    /// What counts where it is left out; nothing where the work decides then.
    public let usual: String?
    /// Whether a value may begin with a hyphen, which some programs would take for an option of their own.
    public let mayBeginWithHyphen: Bool

    /// Describes an option.
    public init(_ name: String, _ values: Values, usual: String? = nil, mayBeginWithHyphen: Bool = true) {
        self.name = name
        self.values = values
        self.usual = usual
        self.mayBeginWithHyphen = mayBeginWithHyphen
    }

    /// Whether it may have a value, in an order for a sound.
    public func accepts(_ value: String, of sound: SoundFacts = .none) -> Bool {
        guard mayBeginWithHyphen || value.utf8.first != UInt8(ascii: "-") else { return false }
        switch values {
        case .oneOf(let known): return known.contains { $0.utf8.elementsEqual(value.utf8) }
        case .whole(let range): return Self.isWhole(value, range)
        case .text(let most): return value.utf8.count <= most && !value.utf8.contains(0)
        case .second: return Self.isWhole(value, 0...max(0, Int128(sound.microseconds) / 1_000_000 - 1))
        }
    }

    /// What it may be, as a sentence.
    var sentence: String {
        switch values {
        case .oneOf(let known): "The option \(name) is one of \(known.joined(separator: ", "))."
        case .whole(let range): "The option \(name) is a whole number from \(range.lowerBound) to \(range.upperBound)."
        case .text(let most):
            "The option \(name) is a text of at most \(most) bytes"
                + (mayBeginWithHyphen ? "." : " that does not begin with a hyphen.")
        case .second: "The option \(name) is a whole second of the sound."
        }
    }

    /// Whether it is a number as it would be written, so that no program reads another one out of it.
    private static func isWhole(_ text: String, _ range: ClosedRange<Int128>) -> Bool {
        Int128(text).map { range.contains($0) && "\($0)".utf8.elementsEqual(text.utf8) } ?? false
    }
}
