// Walks every frame of an MP3, because no header can be trusted.

/// The frames of an MPEG audio stream, counted one by one.
struct MPEGWalk {
    /// The first audio frame.
    private(set) var first: MPEGFrame
    /// Where the first frame begins, the information frame included.
    private(set) var start: Int
    /// Where the first frame with sound begins.
    private(set) var firstAudio: Int
    /// What the encoder said, where it did.
    private(set) var information: MPEGInformation?
    /// Whole frames with sound in the file.
    private(set) var frames = 0
    /// Bytes between frames that belong to none and to no tag.
    private(set) var strayBytes = 0
    /// Whether the last frame is cut.
    private(set) var endsInsideFrame = false

    /// How much junk before the first frame is looked through, in bytes.
    static let leadingJunkMax = 1 << 16
    private static let window = 1 << 16

    /// Frames of sound in the whole file: exact where the file is undamaged.
    var samples: Int {
        max(0, frames * first.samples - (trimsSilence ? trim : 0))
    }

    /// Frames of sound the encoder announced, or what was counted where it did not.
    var announced: Int {
        guard let announced = information?.frames, announced >= frames else { return samples }
        return max(0, announced * first.samples - trim)
    }

    /// Whether the encoder's delays are to be cut off: only where its own count is not contradicted.
    var trimsSilence: Bool {
        guard let information, let announced = information.frames else { return false }
        return announced == frames && trim < frames * first.samples
    }

    /// Whether the information frame can be left to the decoder.
    var keepsInformation: Bool { information?.frames.map { $0 >= frames } ?? false }

    private var trim: Int { (information?.delay ?? 0) + (information?.padding ?? 0) }

    /// Whether two frames in a row begin within the first `within` bytes from `from`.
    static func findsFrames(in store: ByteStore, from: Int, within: Int) -> Bool {
        var cursor = Cursor(store)
        return cursor.sync(from: from, within: within, like: nil) != nil
    }

    /// Walks from `from` to the end; throws where there is no frame or where the stream changes its nature.
    init(_ store: ByteStore, from: Int) throws(AudioError) {
        var cursor = Cursor(store)
        guard let found = cursor.sync(from: from, within: Self.leadingJunkMax, like: nil) else {
            throw FileHeader.damaged("No MP3 sound was found in the file.")
        }
        first = found.frame
        start = found.offset
        firstAudio = found.offset
        guard first.bitRate > 0 else {
            throw AudioError(
                .unsupportedEncoding,
                "This MP3 has a free bit rate, which is not read. Please encode it with a usual bit rate.")
        }
        information = MPEGInformation(HeaderBytes(store, at: start, 192), first)
        if information != nil { firstAudio = start + first.length }
        try count(&cursor, store)
        guard frames > 0 else {
            let isCut = endsInsideFrame || (information?.frames ?? 0) > 0
            throw isCut ? FileHeader.damaged("The MP3 ends before its sound begins.") : FileHeader.noSound
        }
    }

    private mutating func count(_ cursor: inout Cursor, _ store: ByteStore) throws(AudioError) {
        var offset = firstAudio
        while offset < store.count {
            if let frame = cursor.frame(at: offset), frame.continues(first), frame.length > 0 {
                guard offset + frame.length <= store.count else {
                    endsInsideFrame = true
                    return
                }
                frames += 1
                offset += frame.length
                continue
            }
            if let size = cursor.tag(at: offset) {
                offset += size
                continue
            }
            guard !cursor.anotherStreamBegins(at: offset, unlike: first) else {
                throw AudioError(
                    .unsupportedEncoding,
                    "This MP3 changes its sample rate in the middle: it was joined from different files. "
                        + "Please send the parts one by one.")
            }
            if store.count - offset < 4 {
                endsInsideFrame = cursor.byte(at: offset) == 0xFF
                strayBytes += endsInsideFrame ? 0 : store.count - offset
                return
            }
            guard let next = cursor.sync(from: offset + 1, within: store.count, like: first) else {
                strayBytes += store.count - offset
                return
            }
            strayBytes += next.offset - offset
            offset = next.offset
        }
    }

    /// A moving window over the file.
    private struct Cursor {
        let store: ByteStore
        private var base = 0
        private var block = HeaderBytes([])

        init(_ store: ByteStore) { self.store = store }

        private mutating func load(_ offset: Int, _ length: Int) {
            guard offset < base || offset + length > base + block.count else { return }
            base = offset
            block = HeaderBytes(store, at: offset, MPEGWalk.window)
        }

        mutating func byte(at offset: Int) -> UInt8 {
            load(offset, 1)
            return block[offset - base]
        }

        mutating func frame(at offset: Int) -> MPEGFrame? {
            load(offset, 4)
            return MPEGFrame(block, at: offset - base)
        }

        /// The size of the tag that begins here, if one does: ID3v1, APE, Lyrics or another ID3v2.
        mutating func tag(at offset: Int) -> Int? {
            load(offset, 32)
            let head = HeaderBytes(Array(block.bytes[(offset - base)...].prefix(32)))
            if head.has("TAG"), store.count - offset <= 128 + 227 { return store.count - offset }
            if head.has("APETAGEX") {
                let (size, isHeader) = (head.little32(12), head.little32(20) & 0x2000_0000 != 0)
                return min(isHeader ? size + 32 : 32, store.count - offset)
            }
            if head.has("LYRICSBEGIN") { return store.count - offset }
            if head.has("ID3"), let size = Sniff.id3Size(HeaderBytes(Array(head.bytes.prefix(10)))) {
                return min(size, store.count - offset)
            }
            return nil
        }

        /// Whether three frames in a row stand here that agree with each other and not with `model`.
        mutating func anotherStreamBegins(at offset: Int, unlike model: MPEGFrame) -> Bool {
            guard let one = frame(at: offset), !one.continues(model), one.length > 0,
                let two = frame(at: offset + one.length), two.continues(one), two.length > 0,
                let three = frame(at: offset + one.length + two.length)
            else { return false }
            return three.continues(one)
        }

        /// The next place where a frame begins that another one, or the end, follows.
        mutating func sync(from: Int, within: Int, like model: MPEGFrame?) -> (offset: Int, frame: MPEGFrame)? {
            let (limit, overflow) = from.addingReportingOverflow(within)
            let end = overflow ? store.count : min(store.count, limit)
            var offset = from
            while offset + 4 <= end {
                guard let candidate = nextMark(from: offset, to: end) else { return nil }
                offset = candidate
                if let frame = frame(at: offset), model.map({ frame.continues($0) }) ?? true {
                    if frame.length == 0, model == nil, isFreeFormat(frame, at: offset) { return (offset, frame) }
                    let next = offset + frame.length
                    if frame.length > 0, next == store.count && (model != nil || from == offset) {
                        return (offset, frame)
                    }
                    if frame.length > 0, let second = self.frame(at: next), second.continues(frame) {
                        return (offset, frame)
                    }
                    if frame.length > 0, model == nil, self.tag(at: next) != nil { return (offset, frame) }
                }
                offset += 1
            }
            return nil
        }

        /// Free format says no length: a second header of the same kind must stand within the largest frame.
        private mutating func isFreeFormat(_ frame: MPEGFrame, at offset: Int) -> Bool {
            var next = offset + 24
            while next < min(offset + 4096, store.count) {
                guard let mark = nextMark(from: next, to: min(offset + 4096, store.count)) else { return false }
                if let other = self.frame(at: mark), other.bitRate == 0, other.continues(frame) { return true }
                next = mark + 1
            }
            return false
        }

        /// The next byte 0xFF that a byte of at least 0xE0 follows.
        private mutating func nextMark(from: Int, to end: Int) -> Int? {
            var offset = from
            while offset + 1 < end {
                load(offset, 2)
                guard block.count > 1 else { return nil }
                let stop = min(end, base + block.count) - base
                let bytes = block.bytes
                var i = offset - base
                while i + 1 < stop {
                    if bytes[i] == 0xFF, bytes[i + 1] >= 0xE0 { return base + i }
                    i += 1
                }
                offset = max(offset + 1, base + i)
            }
            return nil
        }
    }
}
