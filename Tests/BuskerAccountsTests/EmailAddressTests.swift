// What an e-mail address is, and which two are the same.

import BuskerAccounts
import TestSupport
import Testing

@Suite struct EmailAddressTests {
    @Test(arguments: [
        ("Mina.Kim@Example.COM", "Mina.Kim@example.com", "mina.kim@example.com"),
        ("a+b=c/d@x.example", "a+b=c/d@x.example", "a+b=c/d@x.example"),
        ("jose\u{301}@example.com", "jos\u{E9}@example.com", "jos\u{E9}@example.com"),
        ("user@B\u{DC}CHER.example", "user@b\u{FC}cher.example", "user@b\u{FC}cher.example"),
        ("민아@한국.example", "민아@한국.example", "민아@한국.example"),
        ("x@stra\u{DF}e.example", "x@stra\u{DF}e.example", "x@stra\u{DF}e.example"),
    ])
    func isWrittenInOneWay(given: String, text: String, key: String) throws {
        let address = try EmailAddress(parsing: given)
        #expect(Array(address.text.utf8) == Array(text.utf8))
        #expect(Array(address.key.utf8) == Array(key.utf8))
        #expect(try EmailAddress(parsing: address.text) == address)
    }

    @Test(arguments: [
        "", "@", "a", "a@", "@b.example", "a@b", "a@.example", "a@b..example", "a@b.example.", "a.@b.example",
        ".a@b.example", "a..b@c.example", "a b@c.example", "a@b c.example", "a@-b.example", "a@b-.example",
        "a@b_c.example",
        "a@[127.0.0.1]", "a@127.0.0.1", "\"a b\"@c.example", "a@b.example\r\nBcc: x@y.example", "a\r\n@b.example",
        "a\u{0}@b.example", "a@b.example\u{0}", "<a@b.example>", "a@b.example, c@d.example", "a\u{200B}b@c.example",
        "a\u{202E}b@c.example", "a@b\u{AD}c.example", "a@\u{FF45}xample.example", "a@ex\u{FF0E}example",
        "a\u{FF20}b.example", "a@b.example\u{3002}com", "a@\u{301}b.example", "(c)a@b.example", "a;b@c.example",
        "a:b@c.example", "a@b@c.example", "a\u{A0}@b.example", "\u{E000}@b.example", "a@b\u{200D}c.example",
    ])
    func refusesWhatIsNone(text: String) async {
        #expect(await code { try EmailAddress(parsing: text) } == .badEmail)
    }

    @Test func boundsHold() async throws {
        let local = String(repeating: "a", count: 64)
        let label = String(repeating: "b", count: 63)
        #expect(try EmailAddress(parsing: "\(local)@\(label).example").text.utf8.count == 136)
        #expect(await code { try EmailAddress(parsing: "a\(local)@b.example") } == .badEmail)
        #expect(await code { try EmailAddress(parsing: "a@b\(label).example") } == .badEmail)
        let long = [label, label, label, label].joined(separator: ".")
        #expect(await code { try EmailAddress(parsing: "a@\(long).example") } == .badEmail)
        #expect(
            await code { try EmailAddress(parsing: String(repeating: "a", count: 1 << 20) + "@b.example") } == .badEmail
        )
    }

    /// Pairs that look alike: Latin and Cyrillic, Latin and Greek, dotted and dotless, with and without an accent.
    @Test(arguments: [
        ("admin@example.com", "\u{430}dmin@example.com"), ("mike@github.example", "m\u{131}ke@github.example"),
        ("a@apple.example", "a@\u{430}pple.example"), ("o@x.example", "\u{3BF}@x.example"),
        ("jose@x.example", "jos\u{E9}@x.example"), ("ss@x.example", "\u{DF}@x.example"),
        ("i@x.example", "\u{130}@x.example"), ("l@x.example", "1@x.example"),
    ])
    func whatLooksAlikeStaysDifferent(a: String, b: String) throws {
        let (first, second) = (try EmailAddress(parsing: a), try EmailAddress(parsing: b))
        #expect(first != second)
        #expect(Array(first.key.utf8) != Array(second.key.utf8))
    }

    @Test func noBytesAreTooStrange() {
        var random = SeededGenerator(seed: 71)
        let letters = Array("ab@.-\r\n\t\u{0}\"<>\u{301}\u{200B}é한A1+".unicodeScalars)
        for round in 0..<20_000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                text.append(letters[Int.random(in: 0..<letters.count, using: &random)])
            }
            guard let address = try? EmailAddress(parsing: String(text)) else { continue }
            let isClean = address.text.unicodeScalars.allSatisfy {
                $0.value > 0x20 && !"<>\"\u{200B}".unicodeScalars.contains($0)
            }
            let again = try? EmailAddress(parsing: address.text)
            #expect(isClean && again == address, "seed 71, round \(round)")
        }
    }
}
