// The binary data file of audiowaveform, versions 1 and 2.

extension Waveform {
    /// How wide the values of a data file are.
    public enum Bits: Int, Sendable, Hashable, CaseIterable {
        /// What browsers expect: peaks.js takes nothing else.
        case eight = 8
        /// Twice the size and all of the precision.
        case sixteen = 16
    }

    /// The bytes of a `.dat` file: version 1 for one channel, version 2 for more.
    ///
    /// 8-bit values are divided by 256 toward zero. Mean squares have no place in the format. Throws `badArgument`
    /// for fewer than 2 samples per point, which no reader accepts.
    public func encodeBinary(bits: Bits = .eight) throws(AudioError) -> [UInt8] {
        try checkWritable()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24 + peaks.count * bits.rawValue / 8)
        func append(_ word: Int) {
            for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        append(channels == 1 ? 1 : 2)
        append(bits == .eight ? 1 : 0)
        append(sampleRate)
        append(samplesPerPoint)
        append(count)
        if channels > 1 { append(channels) }
        switch bits {
        case .eight:
            for value in peaks { bytes.append(UInt8(bitPattern: Int8(value / 256))) }
        case .sixteen:
            for value in peaks {
                bytes.append(UInt8(truncatingIfNeeded: value))
                bytes.append(UInt8(truncatingIfNeeded: value >> 8))
            }
        }
        return bytes
    }

    /// Decodes a `.dat` file somebody else wrote, trusting nothing in it.
    ///
    /// 8-bit values become 16-bit ones times 256. Throws `badWaveformFile` for anything that is not exactly such a
    /// file, `waveformTooLarge` beyond `WaveformLimits`.
    public init(decodingBinary file: Span<UInt8>) throws(AudioError) {
        guard file.count <= WaveformLimits.fileBytes else { throw Self.tooLarge }
        func word(_ at: Int) throws(AudioError) -> Int {
            guard at + 4 <= file.count else { throw Self.damaged("it ends inside its header") }
            let value = (0..<4).reduce(UInt32(0)) { $0 | UInt32(file[at + $1]) << UInt32(8 * $1) }
            return Int(Int32(bitPattern: value))
        }
        let version = try word(0)
        guard version == 1 || version == 2 else { throw Self.damaged("its version is not 1 or 2") }
        let flags = try word(4)
        guard flags == 0 || flags == 1 else { throw Self.damaged("it has flags nobody knows") }
        let header = try Header(
            sampleRate: word(8), samplesPerPoint: word(12), count: Int(UInt32(truncatingIfNeeded: word(16))),
            channels: version == 1 ? 1 : word(20), bits: flags == 1 ? .eight : .sixteen)
        let start = version == 1 ? 20 : 24
        let values = 2 * header.count * header.channels
        guard file.count - start == values * header.bits.rawValue / 8 else {
            throw Self.damaged("it does not have the length its header says")
        }
        let peaks: [Int16] =
            switch header.bits {
            case .eight: (0..<values).map { Int16(Int8(bitPattern: file[start + $0])) * 256 }
            case .sixteen:
                (0..<values).map {
                    Int16(bitPattern: UInt16(file[start + 2 * $0]) | UInt16(file[start + 2 * $0 + 1]) << 8)
                }
            }
        try self.init(header, peaks)
    }

    /// What both kinds of file say before their data, checked.
    struct Header {
        let sampleRate: Int
        let samplesPerPoint: Int
        let count: Int
        let channels: Int
        let bits: Bits

        init(sampleRate: Int, samplesPerPoint: Int, count: Int, channels: Int, bits: Bits) throws(AudioError) {
            guard (1...Int(Int32.max)).contains(sampleRate) else {
                throw Waveform.damaged("its sample rate is not real")
            }
            guard (2...Int(Int32.max)).contains(samplesPerPoint) else {
                throw Waveform.damaged("it must have 2 or more samples per point")
            }
            guard (1...WaveformLimits.fileChannels).contains(channels) else {
                throw Waveform.damaged("it must have 1 to \(WaveformLimits.fileChannels) channels")
            }
            guard count >= 0 else { throw Waveform.damaged("its length is negative") }
            guard count <= WaveformLimits.values / channels else { throw Waveform.tooLarge }
            self.sampleRate = sampleRate
            self.samplesPerPoint = samplesPerPoint
            self.count = count
            self.channels = channels
            self.bits = bits
        }
    }

    /// A waveform of decoded values, whose number fits the header already.
    init(_ header: Header, _ peaks: [Int16]) throws(AudioError) {
        for at in stride(from: 0, to: peaks.count, by: 2) where peaks[at] > peaks[at + 1] {
            throw Self.damaged("a minimum is greater than its maximum")
        }
        self.init(
            sampleRate: header.sampleRate, samplesPerPoint: header.samplesPerPoint, channels: header.channels,
            frames: header.count * header.samplesPerPoint, peaks: peaks)
    }

    /// Throws where no data file can say what this waveform is.
    func checkWritable() throws(AudioError) {
        guard samplesPerPoint >= 2 else {
            throw AudioError(
                .badArgument, "A waveform file needs 2 or more samples per point; choose fewer points for this audio.")
        }
    }

    static func damaged(_ what: String) -> AudioError {
        AudioError(.badWaveformFile, "This is not a usable waveform file: \(what). Draw it from the audio again.")
    }

    static var tooLarge: AudioError {
        AudioError(.waveformTooLarge, "This waveform file is too large; draw it with more samples per point.")
    }
}
