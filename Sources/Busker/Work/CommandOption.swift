// What may be ordered of another program.

/// The values that an option of a ``CommandWork`` may have, and the one it has where none is given.
public struct CommandOption: Sendable, Hashable, ExpressibleByArrayLiteral {
    private let values: WorkOption.Values
    /// The value where none is given.
    public let usual: String

    private init(_ values: WorkOption.Values, usual: String) {
        self.values = values
        self.usual = usual
    }

    /// One of these; the first in the order of bytes where none is given.
    public static func oneOf(_ values: Set<String>) -> CommandOption {
        let sorted = values.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return CommandOption(.oneOf(sorted), usual: sorted.first ?? "")
    }

    /// Any text without a zero byte, of at most so many bytes; 2,000 are the most that an order holds.
    ///
    /// It reaches the program as it is, as one argument or a part of one; where an argument begins with it, texts that begin with a
    /// hyphen are refused. Write `--prompt={prompt}` and they are not.
    public static func text(bytesMax: Int = 2_000, usual: String = "") -> CommandOption {
        CommandOption(.text(bytesMax: min(max(0, bytesMax), MediaOrder.valueBytesMax)), usual: usual)
    }

    /// A whole number in a range, in decimal digits.
    public static func whole(_ range: ClosedRange<Int64>, usual: Int64) -> CommandOption {
        CommandOption(
            .whole(Int128(range.lowerBound)...Int128(range.upperBound)),
            usual: "\(min(max(usual, range.lowerBound), range.upperBound))")
    }

    /// One of these, as ``oneOf(_:)``.
    public init(arrayLiteral values: String...) { self = .oneOf(Set(values)) }

    /// What may be ordered under a name.
    ///
    /// - Parameters:
    ///   - name: the name.
    ///   - leads: whether an argument of the program begins with it, so that a hyphen would make it an option of the program's own.
    func told(_ name: String, leads: Bool) -> WorkOption {
        guard leads else { return WorkOption(name, values, usual: usual) }
        var values = values
        switch values {
        case .oneOf(let known): values = .oneOf(known.filter { $0.utf8.first != UInt8(ascii: "-") })
        case .whole(let range) where range.upperBound >= 0:
            values = .whole(max(0, range.lowerBound)...range.upperBound)
        case .whole: values = .oneOf([])
        case .text, .second: break
        }
        // What the operator lets count where nothing is said may begin with one; nobody can write it.
        let isWritten = usual.utf8.first != UInt8(ascii: "-")
        return WorkOption(name, values, usual: isWritten ? usual : nil, mayBeginWithHyphen: false)
    }
}
