// Words and calls that have no place in the house.

import Testing

@Suite struct HabitTests {
    /// What library code never says, and why.
    static let banned: [(String, String)] = [
        ("Date()", "take a clock"), ("UUID()", "take a generator"), ("Thread.sleep", "do not sleep"),
        ("Task.sleep", "take a clock"), ("@unchecked Sendable", "use Mutex or a struct"), ("try!", "handle the error"),
        ("as!", "use as?"), ("fatalError(", "throw a typed error"), ("nonisolated(unsafe)", "use Mutex"),
        ("print(", "a library does not print"), (".random()", "pass the generator"), ("import Foundation", "not here"),
        ("SystemRandomNumberGenerator", "pass the generator"),
    ]

    /// The one file that may say a banned word, because lending it is what the file is for.
    static let lenders = ["SystemRandomNumberGenerator": "Sources/BuskerCore/SystemRandom.swift"]

    @Test(arguments: Tree.library.filter(\.isSwift))
    func libraryAvoidsBannedCalls(file: SourceFile) {
        for (at, line) in file.lines.enumerated() where !line.drop(while: { $0 == " " }).hasPrefix("//") {
            for (word, instead) in Self.banned where line.contains(word) && Self.lenders[word] != file.path {
                Issue.record("\(file):\(at + 1) says \(word): \(instead)")
            }
        }
    }

    @Test(arguments: Tree.library.filter { $0.isC && $0.name != "base.c" })
    func theCoreAllocatesThroughItsCounter(file: SourceFile) {
        let calls = ["malloc(", "calloc(", "realloc(", "free(", "alloca(", "fftwf_alloc", "fftwf_malloc"]
        for (at, line) in file.lines.enumerated() {
            for call in calls where Self.says(line, call) {
                Issue.record("\(file):\(at + 1) calls \(call) itself")
            }
        }
    }

    @Test(arguments: Tree.sources.filter { !$0.path.hasPrefix("Tests/TidyTests/") })
    func nothingIsLeftForLater(file: SourceFile) {
        for (at, line) in file.lines.enumerated() {
            for word in ["TODO", "FIXME", "HACK"] where Self.says(line, word) {
                Issue.record("\(file):\(at + 1) says \(word)")
            }
        }
    }

    @Test(arguments: Tree.sources.filter { $0.isSwift || $0.isC })
    func codeIsNotCommentedOut(file: SourceFile) {
        for (at, line) in file.lines.enumerated() {
            let text = line.drop { $0 == " " }
            guard text.hasPrefix("// ") || text.hasPrefix("//") && !text.hasPrefix("///") else { continue }
            let looksLikeCode = text.hasSuffix(";") || text.hasSuffix(" {") || text.hasSuffix("()")
            #expect(!looksLikeCode, "\(file):\(at + 1) looks like code in a comment")
        }
    }

    @Test(arguments: Tree.paths.filter { !$0.hasPrefix("Tests/TidyTests/") })
    func noFileNamesThisMachine(path: String) {
        guard let text = Tree.text(path) else { return }
        for word in ["/work/", "/opt/swift-packages", "../shared", "/root/"] where text.contains(word) {
            Issue.record("\(path) names \(word)")
        }
    }

    @Test(arguments: Tree.paths)
    func noFileIsLarge(path: String) {
        #expect(Tree.size(path) <= 4 << 20, "\(path) has \(Tree.size(path)) bytes")
    }

    /// Whether a line holds the word, not as the end of a longer one.
    static func says(_ line: Substring, _ word: String) -> Bool {
        guard let range = line.firstRange(of: word) else { return false }
        guard range.lowerBound > line.startIndex else { return true }
        let before = line[line.index(before: range.lowerBound)]
        return !(before.isLetter || before.isNumber || before == "_")
    }
}
