// Writes WAV, which becomes RF64 where 4 GiB are not enough.

import CBuskerDSP

/// WAV by our own hand: no time stamps, so equal sound gives equal bytes, and sizes that are always true.
final class WavEncoder: Encoder {
    private let sink: ByteSink
    private let settings: AudioWriterSettings
    private let quantiser: Quantiser?
    private var packed: [UInt8]
    private let hasRoomFor64Bits: Bool
    private var dataBytes = 0
    private let dataStart: Int
    /// The largest size a plain WAV can state; smaller only in tests.
    private let plainMax: Int

    init(_ settings: AudioWriterSettings, _ sink: ByteSink, plainMax: Int = 0xFFFF_0000) throws(AudioError) {
        self.sink = sink
        self.settings = settings
        self.plainMax = plainMax
        if let bits = settings.bits {
            quantiser = try Quantiser(settings, bits: bits)
        } else {
            quantiser = nil
        }
        packed =
            settings.bits == 24 ? [UInt8](repeating: 0, count: AudioLimits.blockFrames * settings.channels * 3) : []
        let frameBytes = settings.channels * Self.sampleBytes(settings)
        let (bytes, overflow) = (settings.expectedFrames ?? Int.max).multipliedReportingOverflow(by: frameBytes)
        hasRoomFor64Bits = overflow || bytes > plainMax
        let head = Self.header(settings, has64: hasRoomFor64Bits, dataBytes: 0, isLong: false, fileBytes: 0)
        dataStart = head.count
        try sink.write(head, at: 0)
        _ = sink.seek(dataStart, whence: 0)
    }

    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        let before = sink.position
        switch settings.kind {
        case .wav(.int16):
            _ = try unsafe quantiser?.shorts(samples) { unsafe sink.write(UnsafeRawBufferPointer($0)) }
        case .wav(.int24):
            let status = try unsafe quantiser?.ints(samples) { numbers in
                unsafe packed.withUnsafeMutableBufferPointer { out in
                    let bytes = numbers.count * 3
                    let status = unsafe busker_pack_24(numbers.baseAddress, numbers.count, out.baseAddress, bytes)
                    _ = unsafe sink.write(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: out[..<bytes])))
                    return status
                }
            }
            try status?.check("The packing of 24 bits")
        default:
            _ = unsafe sink.write(UnsafeRawBufferPointer(samples))
        }
        if let failure = sink.failure { throw failure }
        dataBytes += sink.position - before
        guard hasRoomFor64Bits || dataBytes <= plainMax else {
            throw AudioError(.badArgument, "More sound came than was expected: the WAV would be larger than 4 GiB.")
        }
    }

    func finish() throws(AudioError) {
        var end = dataStart + dataBytes
        if dataBytes % 2 == 1 {
            try sink.write([0], at: end)
            end += 1
        }
        let tail = Self.words(settings.tags)
        if !tail.isEmpty { try sink.write(tail, at: end) }
        let isLong = dataBytes > plainMax
        let head = Self.header(
            settings, has64: hasRoomFor64Bits, dataBytes: dataBytes, isLong: isLong, fileBytes: end + tail.count)
        try sink.write(head, at: 0)
    }

    private static func sampleBytes(_ settings: AudioWriterSettings) -> Int { (settings.bits ?? 32) / 8 }

    private static func header(
        _ settings: AudioWriterSettings, has64: Bool, dataBytes: Int, isLong: Bool, fileBytes: Int
    ) -> [UInt8] {
        let width = sampleBytes(settings)
        let frameBytes = settings.channels * width
        var head = Array((isLong ? "RF64" : "RIFF").utf8)
        head += little(isLong ? 0xFFFF_FFFF : max(0, fileBytes - 8), 4) + Array("WAVE".utf8)
        if has64 {
            head += Array((isLong ? "ds64" : "JUNK").utf8) + little(28, 4)
            head +=
                isLong
                ? little(fileBytes - 8, 8) + little(dataBytes, 8) + little(dataBytes / frameBytes, 8) + little(0, 4)
                : [UInt8](repeating: 0, count: 28)
        }
        let isFloat = settings.bits == nil
        let isWide = settings.channels > 2 || width == 3
        head += Array("fmt ".utf8) + little(isWide ? 40 : 16, 4)
        head += little(isWide ? 0xFFFE : isFloat ? 3 : 1, 2) + little(settings.channels, 2)
        head += little(settings.sampleRate, 4) + little(settings.sampleRate * frameBytes, 4)
        head += little(frameBytes, 2) + little(8 * width, 2)
        if isWide {
            head +=
                little(22, 2) + little(8 * width, 2) + little(speakers(settings.channels), 4)
                + little(isFloat ? 3 : 1, 2)
            head += [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71]
        }
        return head + Array("data".utf8) + little(isLong ? 0xFFFF_FFFF : dataBytes, 4)
    }

    /// The usual speakers for a channel count, as bits of the extended format.
    private static func speakers(_ channels: Int) -> Int {
        [0, 0x4, 0x3, 0x7, 0x33, 0x37, 0x3F, 0x70F, 0x63F][channels]
    }

    private static func little(_ value: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// The LIST INFO chunk for tags; empty where there are none.
    private static func words(_ tags: AudioTags) -> [UInt8] {
        let names: [AudioTags.Key: String] = [
            .title: "INAM", .artist: "IART", .album: "IPRD", .genre: "IGNR", .date: "ICRD", .trackNumber: "ITRK",
            .comment: "ICMT", .copyright: "ICOP",
        ]
        var body: [UInt8] = []
        for (key, text) in tags.all {
            let bytes = Array(text.utf8) + [0]
            body += Array((names[key] ?? "ICMT").utf8) + little(bytes.count, 4) + bytes
            if bytes.count % 2 == 1 { body.append(0) }
        }
        return body.isEmpty ? [] : Array("LIST".utf8) + little(body.count + 4, 4) + Array("INFO".utf8) + body
    }
}
