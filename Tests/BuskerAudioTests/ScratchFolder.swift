// A folder for one test, gone when the test is.

import Foundation

/// A new empty folder that is removed with everything in it.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        var generator = SystemRandomNumberGenerator()
        path = NSTemporaryDirectory() + "busker-test-\(UInt64.random(in: 0 ... .max, using: &generator))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of a file in the folder.
    func path(_ name: String) -> String { "\(path)/\(name)" }

    /// The names of everything in the folder, in order.
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}
