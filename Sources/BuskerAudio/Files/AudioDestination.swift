// Where audio is written to.

/// The place for a file that is written.
public enum AudioDestination: Sendable, Hashable {
    /// A file by its path. It appears whole and at once when writing has finished, replacing what was there; until then
    /// the bytes are in a temporary file beside it, which is removed when anything goes wrong. A link is replaced, not what
    /// it points to. A device or a named pipe is never replaced: it gets the bytes when writing has finished.
    case file(String)
    /// An open descriptor, such as a pipe; it stays open. The bytes are sent when writing has finished.
    case descriptor(Int32)
    /// Memory; ``AudioWriter/finish()`` returns the bytes.
    case memory

    /// Standard output.
    public static let standardOutput = AudioDestination.descriptor(1)
}

/// What was written.
public struct WrittenAudio: Sendable, Hashable {
    /// Frames in the file.
    public var frames: Int
    /// Bytes of the file.
    public var byteCount: Int
    /// The whole file, where it was written to memory.
    public var bytes: [UInt8]?
}
