// Files begin with their purpose and stay short.

import Testing

@Suite struct ShapeTests {
    static let lineLimit = 500
    static let functionLimit = 70
    static let faceLimit = 55

    @Test(arguments: Tree.sources)
    func firstLineSaysWhatTheFileIsFor(file: SourceFile) {
        if file.name == "Package.swift" { return }
        let line = file.lines.first { !$0.hasPrefix("#!") } ?? ""
        let opening = ["// ", "# ", "\"\"\"", "/* "].first { line.hasPrefix($0) }
        #expect(opening != nil, "\(file) does not begin with a comment")
        let sentence = line.dropFirst(opening?.count ?? 0)
        #expect(sentence.split(separator: " ").count >= 3, "\(file): the first line is not a sentence")
        #expect(!sentence.lowercased().contains("copyright"), "\(file): no licence banners")
    }

    @Test(arguments: Set(Tree.library.filter(\.isSwift).map(\.target)).sorted())
    func everySwiftTargetHasAFace(target: String) throws {
        let face = try #require(Tree.library.first { $0.path == "Sources/\(target)/\(target).swift" })
        let sentence = try #require(face.lines.first).dropFirst(3)
        #expect(sentence.count <= Self.faceLimit, "the face of \(target) says too much: \(sentence)")
    }

    @Test(arguments: Tree.sources)
    func filesAreShort(file: SourceFile) {
        #expect(file.lines.count <= Self.lineLimit, "\(file) has \(file.lines.count) lines")
    }

    @Test(arguments: Tree.sources.filter { $0.isSwift || $0.isC })
    func functionsAreShort(file: SourceFile) {
        for function in Self.functions(in: file) where function.length > Self.functionLimit {
            Issue.record("\(file):\(function.line) has a function of \(function.length) lines")
        }
    }

    @Test func functionsAreFound() {
        let text =
            "struct A {\n    func b() {\n        c()\n    }\n    func g()\n\n}\nstatic void d(int e)\n{\n    f();\n}\n"
        let file = SourceFile(path: "x.swift", lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        #expect(Self.functions(in: file).map(\.length) == [3])
        let c = SourceFile(path: "x.c", lines: file.lines)
        #expect(Self.functions(in: c).map(\.length) == [4])
    }

    /// Functions by their indentation: the format check guarantees that a body ends where its line began.
    static func functions(in file: SourceFile) -> [(line: Int, length: Int)] {
        var found: [(line: Int, length: Int)] = []
        for (at, line) in file.lines.enumerated() {
            let indent = line.prefix { $0 == " " }.count
            let opens: Bool
            if file.isSwift {
                let words = line.split(whereSeparator: { $0 == " " || $0 == "(" || $0 == "<" })
                opens = words.contains("func") || words.contains("init") || words.contains("deinit")
            } else {
                let next = at + 1 < file.lines.count ? file.lines[at + 1] : ""
                opens = indent == 0 && line.hasSuffix(")") && next == "{"
            }
            let comment = line.drop { $0 == " " }.hasPrefix("//")
            guard opens, !comment, !line.hasSuffix("}"), !file.isSwift || hasBody(file.lines[at...]) else { continue }
            let close = String(repeating: " ", count: indent) + "}"
            guard let end = file.lines[(at + 1)...].firstIndex(where: { $0 == close[...] }) else { continue }
            found.append((at + 1, end - at + 1))
        }
        return found
    }

    /// Whether a declaration opens a body before it ends; a requirement of a protocol does not.
    private static func hasBody(_ lines: ArraySlice<Substring>) -> Bool {
        for line in lines {
            if line.hasSuffix("{") { return true }
            let text = line.drop { $0 == " " }
            if text.isEmpty || text.hasPrefix("//") || text == "}" { return false }
        }
        return false
    }
}
