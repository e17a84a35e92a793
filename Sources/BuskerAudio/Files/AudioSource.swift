// Where audio comes from: a file, bytes in memory, an open descriptor.

/// Something that audio can be read from.
public enum AudioSource: Sendable, Hashable {
    /// A file by its path. The name may end in anything: only the content counts.
    case file(String)
    /// A whole file in memory.
    case bytes([UInt8])
    /// An open descriptor, from its present position; it stays open and is the caller's to close.
    ///
    /// What cannot be rewound (a pipe, a socket) is first copied into an unlinked temporary file, because most formats
    /// cannot be read in one pass. The copy ends at ``AudioLimits/spoolBytesMax``.
    case descriptor(Int32)

    /// Standard input.
    public static let standardInput = AudioSource.descriptor(0)

    /// The file name's extension in small letters, where there is a name with one.
    var nameExtension: String? {
        guard case .file(let path) = self else { return nil }
        let name = path.split(separator: "/", omittingEmptySubsequences: true).last ?? ""
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
        let suffix = name[name.index(after: dot)...]
        return suffix.isEmpty ? nil : suffix.lowercased()
    }
}
