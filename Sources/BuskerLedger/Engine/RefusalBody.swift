// How a remembered refusal is written.

import BuskerCore

/// The figures and the sentence of a refusal as one text: `needed available held debt scale kind unit` or nothing, a line
/// break, and the sentence.
enum RefusalBody {
    static func write(_ error: LedgerError) -> String {
        guard let figures = error.figures else { return "\n\(error.detail)" }
        let unit = figures.needed.unit
        let numbers = [
            figures.needed.steps, figures.available.steps, figures.held.steps, figures.debt.steps, Int64(unit.scale),
            unit.kind.number,
        ]
        return numbers.map(String.init).joined(separator: " ") + " \(unit.code)\n\(error.detail)"
    }

    /// The refusal as it was given, marked as replayed.
    static func read(_ row: RefusalRow) -> LedgerError {
        let parts = row.body.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        return LedgerError(
            LedgerError.Code(row.code), parts.count > 1 ? String(parts[1]) : "", figures: figures(parts[0]),
            replayed: true)
    }

    private static func figures(_ line: Substring) -> LedgerError.Figures? {
        let words = line.split(separator: " ")
        let numbers = words.dropLast().compactMap { Int64($0) }
        guard words.count == 7, numbers.count == 6, let kind = Amount.Unit.Kind(number: numbers[5]),
            let unit = try? Amount.Unit(code: String(words[6]), scale: Int(clamping: numbers[4]), kind: kind)
        else { return nil }
        return LedgerError.Figures(
            needed: Amount(steps: numbers[0], unit: unit), available: Amount(steps: numbers[1], unit: unit),
            held: Amount(steps: numbers[2], unit: unit), debt: Amount(steps: numbers[3], unit: unit))
    }
}
