// What may be ordered of another program.

/// The values that an option of a ``CommandWork`` may have, and the one it has where none is given.
public struct CommandOption: Sendable, Hashable, ExpressibleByArrayLiteral {
    private enum Rule: Sendable, Hashable {
        case oneOf(Set<String>)
        case text(bytesMax: Int)
        case whole(ClosedRange<Int64>)
    }

    private let rule: Rule
    /// The value where none is given.
    public let usual: String

    private init(_ rule: Rule, usual: String) {
        self.rule = rule
        self.usual = usual
    }

    /// One of these; the first in the order of bytes where none is given.
    public static func oneOf(_ values: Set<String>) -> CommandOption {
        CommandOption(.oneOf(values), usual: values.min { $0.utf8.lexicographicallyPrecedes($1.utf8) } ?? "")
    }

    /// Any text without a zero byte, of at most so many bytes.
    ///
    /// It reaches the program as it is, as one argument or a part of one; where an argument begins with it, texts that begin with a
    /// hyphen are refused. Write `--prompt={prompt}` and they are not.
    public static func text(bytesMax: Int = 2_000, usual: String = "") -> CommandOption {
        CommandOption(.text(bytesMax: bytesMax), usual: usual)
    }

    /// A whole number in a range, in decimal digits.
    public static func whole(_ range: ClosedRange<Int64>, usual: Int64) -> CommandOption {
        CommandOption(.whole(range), usual: "\(min(max(usual, range.lowerBound), range.upperBound))")
    }

    /// One of these, as ``oneOf(_:)``.
    public init(arrayLiteral values: String...) { self = .oneOf(Set(values)) }

    func accepts(_ value: String) -> Bool {
        switch rule {
        case .oneOf(let values): values.contains(value)
        case .text(let most): value.utf8.count <= most && !value.utf8.contains(0)
        // As it would be written, so that no program reads another number out of it.
        case .whole(let range): Int64(value).map { range.contains($0) && "\($0)" == value } ?? false
        }
    }
}
