// Decodes MP3 and its elder sisters through libmpg123.

import CMPG123

#if canImport(Glibc)
import Glibc
#endif

/// One MPEG stream opened by libmpg123.
///
/// libsndfile cuts some MP3 files short without a word (its issue 1001) and lets libmpg123 print to standard error;
/// libmpg123 used directly does neither.
@safe final class MPEGDecoder: Decoder {
    private let input: DecoderInput
    private let stream: OpaquePointer
    private let channels: Int
    private let sampleRate: Int
    let announcedFrames: Int?
    private var ended = false

    /// Opens a stream that was walked; `input` begins at its first frame.
    init(_ input: DecoderInput, _ walk: MPEGWalk) throws(AudioError) {
        guard let stream = unsafe mpg123_new(nil, nil) else {
            throw AudioError(.outOfMemory, "No MP3 decoder could be made.")
        }
        unsafe self.stream = unsafe stream
        self.input = input
        channels = walk.first.channels
        sampleRate = walk.first.sampleRate
        announcedFrames = walk.announced
        let flags =
            MPG123_QUIET.rawValue | MPG123_FORCE_FLOAT.rawValue | MPG123_GAPLESS.rawValue | MPG123_SKIP_ID3V2.rawValue
        let unwanted = MPG123_AUTO_RESAMPLE.rawValue | MPG123_FUZZY.rawValue
        let mode = channels == 1 ? MPG123_MONO : MPG123_STEREO
        let ready =
            unsafe mpg123_param2(stream, Int32(MPG123_ADD_FLAGS.rawValue), Int(flags), 0) == 0
            && mpg123_param2(stream, Int32(MPG123_REMOVE_FLAGS.rawValue), Int(unwanted), 0) == 0
            && mpg123_param2(stream, Int32(MPG123_RESYNC_LIMIT.rawValue), -1, 0) == 0
            && mpg123_format_none(stream) == 0
            && Self.rates.allSatisfy {
                unsafe mpg123_format(stream, $0, Int32(mode.rawValue), Int32(MPG123_ENC_FLOAT_32.rawValue)) == 0
            }
            && mpg123_replace_reader_handle(stream, Self.read, Self.seek, nil) == 0
            && mpg123_open_handle(stream, input.handle) == 0
        guard ready else { throw FileHeader.damaged("The MP3 cannot be opened.") }
    }

    /// Every rate is allowed, because libmpg123 prints to standard error where it meets one that is not.
    private static let rates = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000]

    deinit { unsafe mpg123_delete(stream) }

    private static let read: @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, Int) -> Int = {
        handle, target, length in
        guard let target = unsafe target, let input = unsafe DecoderInput.from(handle) else { return 0 }
        return unsafe input.read(target, length)
    }

    private static let seek: @convention(c) (UnsafeMutableRawPointer?, Int, Int32) -> Int = { handle, offset, whence in
        unsafe DecoderInput.from(handle)?.seek(offset, whence: whence) ?? -1
    }

    func read(floats: UnsafeMutablePointer<Float>, frames: Int) throws(AudioError) -> Int {
        let size = MemoryLayout<Float>.size * channels
        var filled = 0
        while filled < frames, !ended {
            var done = 0
            let place = unsafe UnsafeMutableRawPointer(floats + filled * channels)
            let result = unsafe mpg123_read(stream, place, (frames - filled) * size, &done)
            filled += done / size
            if result == MPG123_NEW_FORMAT.rawValue {
                ended = !isAsBefore()
            } else if result != MPG123_OK.rawValue {
                ended = true
            }
        }
        if ended, input.failed { throw SndfileDecoder.unreadable }
        return filled
    }

    /// Whether the stream still has the rate and channels it began with.
    private func isAsBefore() -> Bool {
        var (rate, count, encoding) = (0, Int32(0), Int32(0))
        guard unsafe mpg123_getformat(stream, &rate, &count, &encoding) == 0 else { return false }
        return rate == sampleRate && Int(count) == channels && encoding == Int32(MPG123_ENC_FLOAT_32.rawValue)
    }

    func read(shorts: UnsafeMutablePointer<Int16>, frames: Int) throws(AudioError) -> Int {
        throw AudioError(.badArgument, "An MP3 holds no whole numbers to read.")
    }

    func seek(toFrame frame: Int) throws(AudioError) {
        ended = false
        guard unsafe mpg123_seek(stream, frame, SEEK_SET) == frame else {
            throw AudioError(.cannotSeek, "Frame \(frame) cannot be reached in this file.")
        }
    }

    func tag(_ key: AudioTags.Key) -> String? { nil }
}
