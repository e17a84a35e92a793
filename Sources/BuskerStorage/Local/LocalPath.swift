// The names of files and folders that stand for a key.

/// Where an object lies: folders, and a file in the last of them.
///
/// Names hold only `a-z`, `0-9`, `-`, `_`, `~` and, not first, `.`; every other byte is `%xx` in lower case. So no key can name
/// anything outside, and two keys never share a file on a disk that ignores case or normalises accents. A folder that
/// stands for a segment and its slash ends with `=`, so that `a` and `a/b` lie side by side; a segment of 80 bytes or more goes
/// on in a folder that ends with `+`, so that no name has more than 241 bytes. The key can be read back from the names.
struct LocalPath: Sendable {
    /// The bytes of a segment that one name stands for.
    static let piece = 80
    /// The folders, from the first.
    let folders: [String]
    /// The file.
    let file: String

    init(_ key: ObjectKey) {
        var folders: [String] = []
        var file = ""
        let segments = key.text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for (place, segment) in segments.enumerated() {
            var rest = segment
            while rest.count >= Self.piece {
                folders.append(Self.escaped(rest.prefix(Self.piece)) + "+")
                rest = rest.dropFirst(Self.piece)
            }
            let name = Self.escaped(rest)
            if place < segments.count - 1 { folders.append(name + "=") } else { file = name.isEmpty ? "%" : name }
        }
        self.folders = folders
        self.file = file
    }

    /// What a name in a folder stands for.
    struct Entry {
        /// The bytes of keys behind those of the folder; all keys in a folder begin with them.
        let bytes: [UInt8]
        let name: String
        let isFolder: Bool

        /// Reads a name; nothing when it is not one that we give.
        init?(_ name: String) {
            let last = name.utf8.last
            let isSegment = last == UInt8(ascii: "=")
            let isPiece = last == UInt8(ascii: "+")
            let text = isSegment || isPiece ? name.utf8.dropLast() : name.utf8[...]
            var bytes = text.elementsEqual("%".utf8) && !isSegment && !isPiece ? [] : PercentEncoding.decode(text)
            guard LocalPath.escaped(bytes).utf8.elementsEqual(text) || (bytes.isEmpty && !isSegment && !isPiece),
                bytes.count <= LocalPath.piece, isPiece == (bytes.count == LocalPath.piece)
            else { return nil }
            if isSegment { bytes.append(UInt8(ascii: "/")) }
            self.bytes = bytes
            self.name = name
            isFolder = isSegment || isPiece
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func escaped(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                text.append(byte)
            case UInt8(ascii: ".") where !text.isEmpty: text.append(byte)
            default: text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
