// Names that are harmless whatever was sent.

import BuskerCore
import BuskerHTTP
import Foundation
import TestSupport
import Testing

@testable import BuskerStorage

@Suite struct DisplayNameTests {
    @Test(arguments: [
        ("Song.wav", "Song.wav"), ("../../etc/passwd", "passwd"), ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\me\\My Song.mp3", "My Song.mp3"), ("/a/b/", "b"), ("///", "file"), ("", "file"), ("....", "file"),
        (" . . ", "file"),
        ("song\u{202E}3pm.exe", "song3pm.exe"), ("a\u{0}b\r\nc\u{7F}\u{85}", "abc"), ("a\u{2028}b\u{FEFF}c", "abc"),
        ("song.wav. . ", "song.wav"), ("  song.wav", "song.wav"), (".htaccess", "htaccess"), ("con", "_con"),
        ("NUL.txt", "_NUL.txt"), ("com1 .wav", "_com1 .wav"), ("LPT\u{B9}", "_LPT\u{B9}"),
        ("console.wav", "console.wav"),
        ("what?<b>.wav", "what__b_.wav"), ("a:b|c*d\"e", "a_b_c_d_e"), ("cafe\u{301}.wav", "caf\u{E9}.wav"),
        ("노래 한 곡.flac", "노래 한 곡.flac"), ("e\u{202E}\u{301}", "\u{E9}"),
        ("👨\u{200D}👩\u{200D}👧.png", "👨\u{200D}👩\u{200D}👧.png"),
        ("\u{202E}con", "_con"), ("a/\u{202E}../..", "file"), ("x\u{0}/../y", "y"),
    ])
    func aNameIsNoMoreThanAName(raw: String, name: String) {
        #expect(Array(DisplayName(raw).text.utf8) == Array(name.utf8))
    }

    @Test func longNamesKeepTheirEndingAndWholeCharacters() {
        for unit in ["a", "é", "한", "👩\u{200D}🚀", "e\u{301}\u{323}"] {
            let text = DisplayName(String(repeating: unit, count: 300) + ".flac").text
            #expect((230...255).contains(text.utf8.count) && text.hasSuffix(".flac"))
            let body = ComposedText.compose(unit)
            #expect(text.dropLast(5).allSatisfy { String($0) == body }, "\(unit)")
        }
        let crowd = DisplayName("a" + String(repeating: "\u{301}", count: 5000) + ".wav")
        #expect(crowd.text.utf8.count <= 255)
    }

    @Test(arguments: [
        ("a.wav", "wav"), ("a.tar.GZ", "gz"), ("a", nil), ("Take 1.5", nil), ("Mr. Smith", nil), ("a.w\u{E4}v", nil),
        ("a.abcdefghi", nil), ("a.mp3", "mp3"),
    ])
    func theEndingIsTheLast(raw: String, ending: String?) { #expect(DisplayName(raw).ending == ending) }

    @Test func anythingBecomesAHarmlessNameAtOnce() {
        var random = SeededGenerator(seed: 7)
        let odd = Array(
            "ab/\\.. :?*<>|\"\u{0}\u{9}\u{85}\u{202A}\u{2066}\u{200F}\u{301}\u{323}e한\u{1100}\u{1161}😀%CONul1"
                .unicodeScalars)
        for round in 0..<4000 {
            var view = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                let any = Unicode.Scalar(UInt32.random(in: 0...0x2FFFF, using: &random)) ?? "x"
                view.append(Bool.random(using: &random) ? odd.randomElement(using: &random) ?? "x" : any)
            }
            let name = DisplayName(String(view)).text
            let note: Comment = "seed 7, round \(round)"
            #expect(!name.isEmpty && name.utf8.count <= 255, note)
            #expect(!name.contains("/") && !name.contains("\\") && !name.hasPrefix(".") && !name.hasSuffix("."), note)
            #expect(name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }, note)
            #expect(Array(DisplayName(name).text.utf8) == Array(name.utf8), note)
            #expect(ComposedText.compose(name).utf8.elementsEqual(name.utf8), note)
        }
    }

    /// Foundation takes characters beyond U+FFFF for others (U+20079 for y), so that it is asked about the first plane only.
    @Test func everyCharacterComposesAsFoundationSays() {
        var newer = 0
        for value in UInt32(0)..<0x30000 {
            guard let scalar = Unicode.Scalar(value), scalar.properties.generalCategory != .unassigned else { continue }
            let text = String(scalar)
            let ours = ComposedText.compose(text)
            let isSame = ours == text && ComposedText.compose(ours).utf8.elementsEqual(ours.utf8)
            if !isSame { Issue.record("\(String(value, radix: 16)) means something else") }
            guard value < 0x10000, value >= 0xC0 else { continue }
            let foundation = text.precomposedStringWithCanonicalMapping
            if !ours.unicodeScalars.elementsEqual(foundation.unicodeScalars) { newer += 1 }
        }
        #expect(newer == 0)
    }

    @Test(arguments: [
        "q\u{307}\u{323}", "\u{1100}\u{1161}\u{11A8}", "\u{212B}", "\u{344}", "\u{1E9B}\u{323}", "\u{958}",
    ])
    func theExamplesOfTheStandardCompose(text: String) {
        let ours = ComposedText.compose(text)
        #expect(
            ours == text && ours.unicodeScalars.elementsEqual(text.precomposedStringWithCanonicalMapping.unicodeScalars)
        )
    }

    @Test(arguments: [
        ("image/png", true), ("IMAGE/PNG; x=1", true), ("image/svg+xml", false), ("text/html", false),
        ("application/pdf", false), ("application/xml", false), ("audio/wav", true), ("", false),
    ])
    func onlyWhatRunsNothingIsShownInPlace(type: String, shown: Bool) {
        let header = ContentDisposition.inline("a\"b\r\n.png", type: type)
        #expect(header.hasPrefix(shown ? "inline; filename=\"" : "attachment; filename=\""))
        #expect(header.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    }
}
