// The ways in which an audio file can disappoint, one code each.

extension AudioError.Code {
    /// There is no file at this path.
    public static let fileNotFound = Self("file_not_found")
    /// The system does not let this file be read, or reading it failed half-way.
    public static let fileUnreadable = Self("file_unreadable")
    /// The file has no bytes.
    public static let emptyFile = Self("empty_file")
    /// The content is no audio at all: a picture, a page, an archive, a text.
    public static let notAudio = Self("not_audio")
    /// The content is audio or video in a container that is not read here, such as M4A or WMA.
    public static let unsupportedFormat = Self("unsupported_format")
    /// The container is known, but what is inside is compressed in a way that is not read here.
    public static let unsupportedEncoding = Self("unsupported_encoding")
    /// The header is damaged, contradicts itself or ends too early.
    public static let damagedHeader = Self("damaged_header")
    /// The header is fine, but the audio behind it cannot be decoded.
    public static let damagedAudio = Self("damaged_audio")
    /// The file is sound in form and holds not one sample.
    public static let noSound = Self("no_sound")
    /// The file has more channels than the limit.
    public static let tooManyChannels = Self("too_many_channels")
    /// The sample rate is outside the limits.
    public static let unsupportedSampleRate = Self("unsupported_sample_rate")
    /// The file has more bytes than the limit.
    public static let tooLarge = Self("too_large")
    /// The sound lasts longer than the limit.
    public static let tooLong = Self("too_long")
    /// The asked position cannot be reached in this file.
    public static let cannotSeek = Self("cannot_seek")
    /// The file that was to be written cannot be created, grown or put in its place.
    public static let cannotWrite = Self("cannot_write")
    /// A tag is not valid text or is too long.
    public static let badTag = Self("bad_tag")
}
