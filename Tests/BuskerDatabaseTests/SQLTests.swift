// Values are bound, fragments keep theirs.

import TestSupport
import Testing

@testable import BuskerDatabase

@Suite struct SQLTests {
    @Test(arguments: [
        "", "'", "''", "'; DROP TABLE account; --", "\" OR \"\"=\"", "1 OR 1=1", "$1", "$2 $1", "$$", "$body$", "?",
        "?1", ":id",
        "@id", "\\", "\\'", "\0", "x\0'; --", "--", "/*", "*/", "\u{2019}", "\u{FF07}", "%27",
        "); DELETE FROM account; --",
        "\u{1F600}'", "a\u{301}'",
    ])
    func whatAClientSendsIsBound(text: String) {
        let sql: SQL = "SELECT held FROM account WHERE name = \(text) AND kind = \(text as String?)"
        #expect(sql.text == "SELECT held FROM account WHERE name = $1 AND kind = $2")
        #expect(sql.values == [.text(text), .text(text)])
        let list: SQL = "DELETE FROM account WHERE name IN \(list: [text, "b", text])"
        #expect(list.text == "DELETE FROM account WHERE name IN ($1, $2, $3, $4)")
        #expect(list.values == [.text(text), .text("b"), .text(text), .text(text)])
        let nested: SQL = "UPDATE account SET kind = \(text) WHERE \("name = \(text)" as SQL)"
        #expect(nested.text == "UPDATE account SET kind = $1 WHERE name = $2")
        #expect(nested.description == nested.text)
    }

    @Test func everyKindOfValueIsBound() {
        let missing: Int64? = nil
        let bytes: [UInt8] = [0, 255]
        let sql: SQL = "VALUES (\(Int64.min), \(2.5), \(true), \(bytes), \(missing), \(SQLValue.null), \(7))"
        #expect(sql.text == "VALUES ($1, $2, $3, $4, $5, $6, $7)")
        #expect(sql.values == [.integer(.min), .real(2.5), .integer(1), .bytes(bytes), .null, .null, .integer(7)])
    }

    @Test(arguments: [
        (0, 0), (1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (1000, 1024), (1024, 1024), (1025, 1025), (20_000, 20_000),
    ])
    func listsAreFilledWithTheirLastValue(count: Int, places: Int) {
        let numbers = (0..<count).map { Int64($0) }
        let sql: SQL = "SELECT \(1) WHERE n IN \(list: numbers)"
        let names = places == 0 ? "NULL" : (0..<places).map { "$\($0 + 2)" }.joined(separator: ", ")
        #expect(sql.text == "SELECT $1 WHERE n IN (\(names))")
        #expect(sql.values == [.integer(1)] + (0..<places).map { .integer(Int64(min($0, count - 1))) })
    }

    @Test func fragmentsAreNumberedOnAtEveryDepth() {
        let inner: SQL = "a = \(1) AND b IN \(list: [2, 3])"
        let middle: SQL = "(\(inner) OR c = \(4))"
        let outer: SQL = "SELECT \(0) WHERE \(middle) AND \(inner) LIMIT \(5)"
        #expect(
            outer.text == "SELECT $1 WHERE (a = $2 AND b IN ($3, $4) OR c = $5) AND a = $6 AND b IN ($7, $8) LIMIT $9")
        #expect(outer.values == [0, 1, 2, 3, 4, 1, 2, 3, 5].map { .integer($0) })
    }

    @Test func fragmentsWithoutValuesAreInsertedAsTheyAre() {
        let order: SQL = " ORDER BY price = '$1' DESC, $body$ $1 $body$"
        let sql: SQL = "SELECT \(1) FROM account\(order)\(Dialect.postgres.forUpdate)"
        #expect(sql.text == "SELECT $1 FROM account ORDER BY price = '$1' DESC, $body$ $1 $body$ FOR UPDATE")
    }

    /// Written with its placeholders, then pushed on by three.
    @Test(arguments: [
        ("a = $1", "a = $4"), ("$1$2", "$4$5"), ("$1,$10,$999", "$4,$13,$1002"),
        ("a = '$1' AND b = $1", "a = '$1' AND b = $4"),
        ("'it''s $1' || $1", "'it''s $1' || $4"), ("\"a$1\" = $1", "\"a$1\" = $4"), ("\"'\" = $1", "\"'\" = $4"),
        ("'\"' = $1", "'\"' = $4"), ("-- it's $1\n$1", "-- it's $1\n$4"), ("/* $1 ' */ $1", "/* $1 ' */ $4"),
        ("/*/ $1 */$1", "/*/ $1 */$4"), ("a$1 = $1", "a$1 = $4"), ("é$1 = $1", "é$1 = $4"),
        ("a - $1 -$2", "a - $4 -$5"),
        ("a * $1 / $2", "a * $4 / $5"), ("$ = $1", "$ = $4"), ("$", "$"), ("$x = $1", "$x = $4"), ("'$1", "'$1"),
        ("$99999999999999999999 = $1", "$99999999999999999999 = $4"), ("'a'$1", "'a'$4"), ("", ""),
        ("$9223372036854775807", "$9223372036854775807"), ("$1٣", "$4٣"), ("'\u{301}' = $1", "'\u{301}' = $4"),
    ])
    func onlyPlaceholdersAreNumberedOn(text: String, pushed: String) {
        let fragment = SQL(text: text, values: [.integer(9)])
        let sql: SQL = "\(1)\(2)\(3) \(fragment)"
        #expect(sql.text == "$1$2$3 \(pushed)")
        #expect(sql.values.count == 4)
        let first: SQL = "\(fragment) \(1)"
        #expect(first.text == "\(text) $2")
    }

    @Test func aDigitBehindAValueDoesNotMakeItAnotherValue() {
        let sql: SQL = "LIMIT \(3)0"
        #expect(sql.text == "LIMIT $1 0")
        let fragment: SQL = "\("\(3)" as SQL)0"
        #expect(fragment.text == "$1 0")
    }

    /// Builds trees of fragments and, beside them, what their text must be when each value is written in its place.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func everyValueStaysInItsPlace(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for trial in 0..<200 {
            let (sql, plain) = Self.tree(depth: 4, &random)
            let written = Self.writtenOut(sql)
            #expect(written == plain, "seed \(seed) trial \(trial): \(sql.text)")
        }
    }

    static func tree(depth: Int, _ random: inout SeededGenerator) -> (sql: SQL, plain: String) {
        var sql: SQL = ""
        var plain = ""
        for _ in 0...(random.next() % 4) {
            switch random.next() % (depth > 0 ? 6 : 4) {
            case 0:
                let value = Int64(random.next() % 1000)
                sql = "\(sql) a = \(value)"
                plain += " a = <\(value)>"
            case 1:
                sql = "\(sql) '$1' "
                plain += " '$1' "
            case 2:
                let values = (0..<Int64(random.next() % 5)).map { $0 * 7 }
                sql = "\(sql) IN \(list: values)"
                let shown = values.count == 3 ? values + values.suffix(1) : values
                plain += " IN (" + (shown.isEmpty ? "NULL" : shown.map { "<\($0)>" }.joined(separator: ", ")) + ")"
            case 3:
                sql = "\(sql) b$1 \("x") "
                plain += " b$1 <x> "
            default:
                let inner = tree(depth: depth - 1, &random)
                sql = "\(sql) (\(inner.sql)) "
                plain += " (\(inner.plain)) "
            }
        }
        return (sql, plain)
    }

    /// Puts values where their placeholders are, which must come in order.
    static func writtenOut(_ sql: SQL) -> String {
        var result = ""
        var rest = sql.text[...]
        for (at, value) in sql.values.enumerated() {
            let name = "$\(at + 1)"
            guard let range = Self.placeholder(name, in: rest) else { return "there is no \(name)" }
            result += rest[..<range.lowerBound]
            switch value {
            case .integer(let number): result += "<\(number)>"
            case .text(let text): result += "<\(text)>"
            default: result += "?"
            }
            rest = rest[range.upperBound...]
        }
        return result + rest
    }

    /// The next place where the name stands behind a space or bracket and before anything but a digit.
    static func placeholder(_ name: String, in text: Substring) -> Range<String.Index>? {
        text.ranges(of: name).first { range in
            let before = range.lowerBound > text.startIndex ? text[text.index(before: range.lowerBound)] : " "
            let after = range.upperBound < text.endIndex ? text[range.upperBound] : " "
            return (before == " " || before == "(") && !after.isNumber
        }
    }
}
