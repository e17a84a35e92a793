// The files of the repository, as the tidy checks see them.

import Foundation
import TestSupport

/// One text file: its path from the root of the repository and its lines.
struct SourceFile: CustomStringConvertible, Sendable {
    let path: String
    let lines: [Substring]

    var description: String { path }
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    var isSwift: Bool { path.hasSuffix(".swift") }
    var isC: Bool { [".c", ".h", ".inc", ".def"].contains { path.hasSuffix($0) } }
    var isScript: Bool { lines.first?.hasPrefix("#!") ?? false }

    /// The folder below `Sources`, `Tests` or `Examples/Sources` that holds the file.
    var target: String {
        let parts = path.split(separator: "/")
        let depth = ["Examples", "Benchmarks"].contains(parts.first) ? 2 : 1
        return parts.count > depth + 1 ? String(parts[depth]) : ""
    }
}

/// The working tree: what git tracks, or would track.
enum Tree {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every path git knows or would add, in order.
    static let paths: [String] = run("git", "-C", root.path, "ls-files", "--cached", "--others", "--exclude-standard")
        .split(separator: "\n").map(String.init)
        .filter { FileManager.default.fileExists(atPath: root.appending(path: $0).path) }

    /// Every text file in a language that the rules speak of.
    static let sources: [SourceFile] = paths.compactMap { path in
        let known = [".swift", ".c", ".h", ".inc", ".def", ".py", ".sh"].contains { path.hasSuffix($0) }
        let name = path.split(separator: "/").last ?? ""
        let plain = !name.contains(".") || path.hasPrefix(".ci/")
        guard known || plain, let text = text(path) else { return nil }
        guard known || text.hasPrefix("#!") else { return nil }
        return SourceFile(path: path, lines: text.split(separator: "\n", omittingEmptySubsequences: false))
    }

    static let library = sources.filter { $0.path.hasPrefix("Sources/") }

    static func text(_ path: String) -> String? {
        guard let data = try? Data(contentsOf: root.appending(path: path)) else { return nil }
        return String(data: data, encoding: .utf8)
    }

    static func size(_ path: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: root.appending(path: path).path)[.size] as? Int) ?? 0
    }

    private static func run(_ arguments: String...) -> String {
        (try? Program.run(arguments))?.text ?? ""
    }
}
