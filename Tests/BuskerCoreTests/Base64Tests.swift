// Base 64 is written and read one way only.

import BuskerCore
import TestSupport
import Testing

@Suite struct Base64Tests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func theExamplesOfTheStandardHold(plain: String, text: String) {
        #expect(Base64.encode(Array(plain.utf8)) == text)
        #expect(Base64.decode(text.utf8) == Array(plain.utf8))
        #expect(
            Base64.decode(text.utf8.filter { $0 != UInt8(ascii: "=") }[...], paddingMayMiss: true) == Array(plain.utf8))
    }

    @Test(arguments: [
        "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8==", "=", "====", "Z", "Zm9v!", "Zm 9v", "Zm9v\n", "Zm-_", "Zé==",
    ])
    func otherTextsAreRefused(text: String) { #expect(Base64.decode(text.utf8) == nil) }

    @Test(arguments: ["Z", "Zm9vY", "Zh", "Zg="])
    func missingPaddingExcusesNothingElse(text: String) {
        #expect(Base64.decode(Array(text.utf8)[...], paddingMayMiss: true) == nil)
    }

    @Test func everyBytesComeBack() {
        var random = SeededGenerator(seed: 64)
        for count in 0..<300 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(Base64.decode(Base64.encode(bytes).utf8) == bytes, "seed 64, \(count) bytes")
        }
    }
}
