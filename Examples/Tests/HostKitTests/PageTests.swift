// The page of a host is read from the kit's folder and the host's.

import Foundation
import Testing

@testable import HostKit

@Suite struct PageTests {
    /// A folder with files of these paths and texts.
    private func folder(_ files: [String: String]) throws -> URL {
        let root = FileManager.default.temporaryDirectory.appending(path: "page-\(UUID().uuidString)")
        for (path, text) in files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return root
    }

    @Test func twoFoldersAreServedAsOneAndTheHostsFilesWin() throws {
        let kit = try folder(["kit/js/api.js": "// the kit", "icon.svg": "<svg>kit</svg>"])
        let host = try folder(["index.html": "<html>", "icon.svg": "<svg>host</svg>", "js/main.js": "// the host"])
        defer { for root in [kit, host] { try? FileManager.default.removeItem(at: root) } }
        let page = WebFiles(folders: [kit.path, host.path])
        #expect(Set(page.files.keys) == ["kit/js/api.js", "icon.svg", "index.html", "js/main.js"])
        let own = WebFiles(folders: [host.path]).files["icon.svg"]?.entityTag
        #expect(own != nil && page.files["icon.svg"]?.entityTag == own)
        #expect(WebFiles(folders: [kit.path]).files["icon.svg"]?.entityTag != own)
    }

    @Test func whatIsHiddenOrOfNoKnownKindIsNotServed() throws {
        let root = try folder([
            "index.html": "<html>", ".env": "SECRET=1", ".git/a.js": "", "a.swift": "", "a.js": "//",
        ])
        defer { try? FileManager.default.removeItem(at: root) }
        #expect(Set(WebFiles(folders: [root.path]).files.keys) == ["index.html", "a.js"])
        #expect(WebFiles(folders: [root.path + "-not"]).files.isEmpty)
    }
}
