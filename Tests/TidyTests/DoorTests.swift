// The door of the project: what a newcomer finds first.

import Foundation
import Testing

@Suite struct DoorTests {
    @Test(arguments: [
        "README.md", "LICENSE", "NOTICE", "CHANGELOG.md", "CONTRIBUTING.md", "Documentation/Architecture.md",
    ])
    func pageExists(path: String) throws {
        #expect(try #require(Tree.text(path)).count > 200)
    }

    @Test func changelogTellsWhatIsNew() throws {
        #expect(try #require(Tree.text("CHANGELOG.md")).contains("## Unreleased"))
    }

    @Test(arguments: Tree.sources.filter { $0.path.hasPrefix("Scripts/") && $0.isScript || $0.path == ".ci/run" })
    func scriptsCanBeRun(file: SourceFile) {
        let path = Tree.root.appending(path: file.path).path
        #expect(FileManager.default.isExecutableFile(atPath: path), "\(file) is not executable")
    }

    @Test func theReadmeNamesTheTwoCommands() throws {
        let readme = try #require(Tree.text("README.md"))
        #expect(readme.contains("./Scripts/demo"))
        #expect(readme.contains("./Scripts/test"))
    }

    @Test func everyLinkInTheDocumentsLeadsSomewhere() throws {
        for path in Tree.paths where path.hasSuffix(".md") {
            let text = try #require(Tree.text(path))
            let folder = Tree.root.appending(path: path).deletingLastPathComponent()
            for match in text.matches(of: /\]\((?<target>[^)#\s]+)[^)]*\)/) {
                let target = String(match.output.target)
                if target.contains("://") || target.hasPrefix("mailto:") { continue }
                let exists = FileManager.default.fileExists(atPath: folder.appending(path: target).path)
                #expect(exists, "\(path) links to \(target)")
            }
        }
    }
}
