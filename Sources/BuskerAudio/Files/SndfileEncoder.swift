// Writes FLAC, Ogg, MP3 and AIFF through libsndfile.

import CSndfile
import Synchronization

/// One file that libsndfile writes into a sink.
@safe final class SndfileEncoder: Encoder {
    private let sink: ByteSink
    private let settings: AudioWriterSettings
    private let quantiser: Quantiser?
    private var file: OpaquePointer?
    /// Sound on its way to an Ogg file, whose pages would otherwise follow the caller's blocks.
    private var pending: [Float] = []

    init(_ settings: AudioWriterSettings, _ sink: ByteSink) throws(AudioError) {
        self.sink = sink
        self.settings = settings
        if let bits = settings.bits {
            quantiser = try Quantiser(settings, bits: bits)
        } else {
            quantiser = nil
        }
        unsafe file = nil
        var info = SF_INFO()
        info.samplerate = Int32(settings.sampleRate)
        info.channels = Int32(settings.channels)
        info.format = Int32(Self.format(settings))
        var callbacks = Self.callbacks
        var made: OpaquePointer?
        sndfileOpening.withLock { _ in
            unsafe made = sf_open_virtual(&callbacks, Int32(SFM_WRITE), &info, sink.handle)
        }
        guard let made = unsafe made else {
            throw sink.failure ?? AudioError(.badArgument, "This kind of file cannot be written with these settings.")
        }
        unsafe file = unsafe made
        unsafe Self.configure(made, settings)
        try unsafe Self.put(settings.tags, into: made)
    }

    deinit {
        if let file = unsafe file { unsafe sf_close(file) }
    }

    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        guard settings.isOgg else {
            try unsafe encode(samples)
            return
        }
        unsafe pending.append(contentsOf: samples)
        let block = AudioLimits.blockFrames * settings.channels
        if pending.count >= block { try encodePending(block) }
    }

    private func encodePending(_ count: Int) throws(AudioError) {
        let part = Array(pending[..<count])
        pending.removeFirst(count)
        var failure: AudioError?
        unsafe part.withUnsafeBufferPointer { buffer in
            do throws(AudioError) { try unsafe encode(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private func encode(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        guard let file = unsafe file else { throw AudioError(.badArgument, "The file is finished already.") }
        let frames = samples.count / settings.channels
        let count = sf_count_t(frames)
        let put: sf_count_t
        switch quantiser?.bits {
        case 16:
            put = try unsafe quantiser?.shorts(samples) { unsafe sf_writef_short(file, $0.baseAddress, count) } ?? 0
        case .some:
            put = try unsafe quantiser?.ints(samples) { unsafe sf_writef_int(file, $0.baseAddress, count) } ?? 0
        case nil:
            put = unsafe sf_writef_float(file, samples.baseAddress, count)
        }
        if let failure = sink.failure { throw failure }
        guard put == count else { throw AudioError(.cannotWrite, "The encoder refused the sound.") }
    }

    func finish() throws(AudioError) {
        if !pending.isEmpty { try encodePending(pending.count) }
        guard let open = unsafe file else { return }
        unsafe file = nil
        let result = unsafe sf_close(open)
        if let failure = sink.failure { throw failure }
        guard result == 0 else { throw AudioError(.cannotWrite, "The encoder could not complete the file.") }
        if settings.isOgg { try OggSerial.set(settings.oggSerial, in: sink) }
    }

    private static func format(_ settings: AudioWriterSettings) -> Int {
        switch settings.kind {
        case .wav: SF_FORMAT_WAV | SF_FORMAT_FLOAT
        case .flac(let bits): SF_FORMAT_FLAC | (bits == 16 ? SF_FORMAT_PCM_16 : SF_FORMAT_PCM_24)
        case .aiff(let bits): SF_FORMAT_AIFF | (bits == 16 ? SF_FORMAT_PCM_16 : SF_FORMAT_PCM_24)
        case .vorbis: SF_FORMAT_OGG | SF_FORMAT_VORBIS
        case .opus: SF_FORMAT_OGG | SF_FORMAT_OPUS
        case .mp3: SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III
        }
    }

    private static func configure(_ file: OpaquePointer, _ settings: AudioWriterSettings) {
        unsafe sf_command(file, Int32(SFC_SET_CLIPPING), nil, Int32(SF_TRUE))
        unsafe sf_command(file, Int32(SFC_SET_ADD_PEAK_CHUNK), nil, Int32(SF_FALSE))
        var level: Double
        switch settings.kind {
        case .vorbis(let quality), .opus(let quality):
            level = 1 - quality
        case .mp3(let kilobits):
            var mode = Int32(SF_BITRATE_MODE_CONSTANT)
            unsafe sf_command(file, Int32(SFC_SET_BITRATE_MODE), &mode, Int32(MemoryLayout<Int32>.size))
            let known = AudioWriterSettings.mp3Kilobits(sampleRate: settings.sampleRate)
            let (low, high) = (Double(known.first ?? 32), Double(known.last ?? 320))
            level = (high - Double(kilobits)) / (high - low)
        case .flac: level = 0.5
        case .wav, .aiff: return
        }
        unsafe sf_command(file, Int32(SFC_SET_COMPRESSION_LEVEL), &level, Int32(MemoryLayout<Double>.size))
    }

    private static func put(_ tags: AudioTags, into file: OpaquePointer) throws(AudioError) {
        for (key, text) in tags.all {
            guard unsafe sf_set_string(file, SndfileDecoder.number(of: key), text) == 0 else {
                throw AudioError(.badTag, "This kind of file cannot hold the tag '\(key.rawValue)'.")
            }
        }
    }

    private static var callbacks: SF_VIRTUAL_IO {
        unsafe SF_VIRTUAL_IO(
            get_filelen: { handle in unsafe sf_count_t(ByteSink.from(handle)?.count ?? 0) },
            seek: { offset, whence, handle in
                unsafe sf_count_t(ByteSink.from(handle)?.seek(Int(offset), whence: whence) ?? -1)
            },
            read: { target, length, handle in
                let buffer = unsafe UnsafeMutableRawBufferPointer(start: target, count: Int(length))
                return unsafe sf_count_t(ByteSink.from(handle)?.readOn(buffer) ?? 0)
            },
            write: { bytes, length, handle in
                let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: Int(length))
                return unsafe sf_count_t(ByteSink.from(handle)?.write(buffer) ?? 0)
            },
            tell: { handle in unsafe sf_count_t(ByteSink.from(handle)?.position ?? 0) })
    }
}
