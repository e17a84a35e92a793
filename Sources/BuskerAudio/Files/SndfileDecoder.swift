// Decodes everything but MPEG through libsndfile.

import CSndfile
import Synchronization

/// Something that turns a file into samples; blocks are interleaved.
protocol Decoder: AnyObject {
    /// The frames that the library announces; not to be trusted.
    var announcedFrames: Int? { get }
    /// Fills a buffer of whole frames with floats; returns the frames, 0 at the end.
    func read(floats: UnsafeMutablePointer<Float>, frames: Int) throws(AudioError) -> Int
    /// Fills a buffer of whole frames with 16-bit numbers; returns the frames, 0 at the end.
    func read(shorts: UnsafeMutablePointer<Int16>, frames: Int) throws(AudioError) -> Int
    /// Goes to a frame counted from the beginning.
    func seek(toFrame frame: Int) throws(AudioError)
    /// A tag in valid UTF-8, or nil.
    func tag(_ key: AudioTags.Key) -> String?
}

/// libsndfile keeps the reason of a failed opening in one place for the whole process.
let sndfileOpening = Mutex<Void>(())

/// One file opened by libsndfile.
@safe final class SndfileDecoder: Decoder {
    private let input: DecoderInput
    private let file: OpaquePointer
    let announcedFrames: Int?
    /// The format that libsndfile found.
    let format: AudioFormat

    /// Opens a file whose header was read by our own code, and checks that both agree.
    init(_ input: DecoderInput, _ header: FileHeader, limits: AudioLimits) throws(AudioError) {
        var info = SF_INFO()
        var callbacks = Self.callbacks
        var opened: OpaquePointer?
        sndfileOpening.withLock { _ in
            unsafe opened = sf_open_virtual(&callbacks, Int32(SFM_READ), &info, input.handle)
        }
        guard let opened = unsafe opened else {
            throw input.failed
                ? Self.unreadable : FileHeader.damaged("The file cannot be opened: its header makes no sense.")
        }
        unsafe self.file = unsafe opened
        self.input = input
        announcedFrames = info.frames >= 0 && info.frames < Int64.max ? Int(info.frames) : nil
        format = Self.format(info, header.format)
        try limits.check(sampleRate: format.sampleRate, channels: format.channels)
        guard format.encoding == header.format.encoding, format.container == header.format.container,
            format.channels == header.format.channels,
            format.sampleRate == header.format.sampleRate || format.encoding == .opus
        else {
            throw FileHeader.damaged("The header of the file contradicts itself.")
        }
    }

    deinit { unsafe sf_close(file) }

    func read(floats: UnsafeMutablePointer<Float>, frames: Int) throws(AudioError) -> Int {
        let got = unsafe sf_readf_float(file, floats, sf_count_t(frames))
        if got < frames, input.failed { throw Self.unreadable }
        return min(max(0, Int(got)), frames)
    }

    func read(shorts: UnsafeMutablePointer<Int16>, frames: Int) throws(AudioError) -> Int {
        let got = unsafe sf_readf_short(file, shorts, sf_count_t(frames))
        if got < frames, input.failed { throw Self.unreadable }
        return min(max(0, Int(got)), frames)
    }

    func seek(toFrame frame: Int) throws(AudioError) {
        guard unsafe sf_seek(file, sf_count_t(frame), Int32(SF_SEEK_SET)) == sf_count_t(frame) else {
            throw AudioError(.cannotSeek, "Frame \(frame) cannot be reached in this file.")
        }
    }

    func tag(_ key: AudioTags.Key) -> String? {
        guard let text = unsafe sf_get_string(file, Self.number(of: key)) else { return nil }
        var bytes: [UInt8] = []
        while unsafe text[bytes.count] != 0, bytes.count < AudioLimits.tagBytesMax {
            unsafe bytes.append(UInt8(bitPattern: text[bytes.count]))
        }
        return AudioTags.clean(bytes)
    }

    /// libsndfile's number for a tag.
    static func number(of key: AudioTags.Key) -> Int32 {
        let kind =
            switch key {
            case .title: SF_STR_TITLE
            case .artist: SF_STR_ARTIST
            case .album: SF_STR_ALBUM
            case .genre: SF_STR_GENRE
            case .date: SF_STR_DATE
            case .trackNumber: SF_STR_TRACKNUMBER
            case .comment: SF_STR_COMMENT
            case .copyright: SF_STR_COPYRIGHT
            }
        return Int32(kind)
    }

    static let unreadable = AudioError(
        .fileUnreadable, "The system failed to read the file to its end. Please try again.")

    private static var callbacks: SF_VIRTUAL_IO {
        unsafe SF_VIRTUAL_IO(
            get_filelen: { handle in unsafe sf_count_t(DecoderInput.from(handle)?.count ?? 0) },
            seek: { offset, whence, handle in
                unsafe sf_count_t(DecoderInput.from(handle)?.seek(Int(offset), whence: whence) ?? -1)
            },
            read: { target, length, handle in
                guard let target = unsafe target, let input = unsafe DecoderInput.from(handle) else { return 0 }
                return unsafe sf_count_t(input.read(target, Int(length)))
            },
            write: { _, _, _ in 0 },
            tell: { handle in unsafe sf_count_t(DecoderInput.from(handle)?.position ?? 0) })
    }

    private static func format(_ info: SF_INFO, _ expected: AudioFormat) -> AudioFormat {
        let kind = Int(info.format) & SF_FORMAT_TYPEMASK
        let container: AudioContainer? =
            switch kind {
            case SF_FORMAT_WAV, SF_FORMAT_WAVEX: .wav
            case SF_FORMAT_RF64: .rf64
            case SF_FORMAT_W64: .w64
            case SF_FORMAT_AIFF: .aiff
            case SF_FORMAT_CAF: .caf
            case SF_FORMAT_FLAC: .flac
            case SF_FORMAT_OGG: .ogg
            default: nil
            }
        let encoding: AudioEncoding? =
            switch Int(info.format) & SF_FORMAT_SUBMASK {
            case SF_FORMAT_PCM_S8, SF_FORMAT_PCM_U8, SF_FORMAT_PCM_16, SF_FORMAT_PCM_24, SF_FORMAT_PCM_32:
                container == .flac ? .flac : .integer
            case SF_FORMAT_FLOAT, SF_FORMAT_DOUBLE: .float
            case SF_FORMAT_ALAW: .aLaw
            case SF_FORMAT_ULAW: .muLaw
            case SF_FORMAT_VORBIS: .vorbis
            case SF_FORMAT_OPUS: .opus
            default: nil
            }
        return AudioFormat(
            container: container ?? .mpeg, encoding: encoding ?? .mp3, sampleRate: Int(info.samplerate),
            channels: Int(info.channels), bitsPerSample: expected.bitsPerSample)
    }
}
