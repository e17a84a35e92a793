// JSON of waveforms: audiowaveform's, wavesurfer's, and RMS beside them.

extension Waveform {
    /// The bytes of audiowaveform's JSON version 2, its key order and the newline at the end included.
    ///
    /// Throws `badArgument` for fewer than 2 samples per point, which no reader accepts.
    public func encodeJSON(bits: Bits = .eight) throws(AudioError) -> [UInt8] {
        try checkWritable()
        var text = PlainText(reserving: 128 + peaks.count * (bits == .eight ? 4 : 7))
        text.append("{\"version\":2,\"channels\":")
        text.append(channels)
        text.append(",\"sample_rate\":")
        text.append(sampleRate)
        text.append(",\"samples_per_pixel\":")
        text.append(samplesPerPoint)
        text.append(",\"bits\":")
        text.append(bits.rawValue)
        text.append(",\"length\":")
        text.append(count)
        text.append(",\"data\":[")
        let divisor = bits == .eight ? 256 : 1
        for (at, value) in peaks.enumerated() {
            if at > 0 { text.append("," as Unicode.Scalar) }
            text.append(Int(value) / divisor)
        }
        text.append("]}\n")
        return text.bytes
    }

    /// What one number of wavesurfer's peaks stands for.
    public enum WavesurferPeaks: Sendable, Hashable {
        /// The greater of |minimum| and |maximum| of each point with its sign, as wavesurfer exports itself.
        case signed
        /// Minimum and maximum of each point after one another.
        case extremes
    }

    /// What wavesurfer.js loads: `{"peaks":[[…],…],"duration":seconds}` with values in -1...1.
    ///
    /// `decimals` is 1 to 6.
    public func encodeWavesurfer(_ kind: WavesurferPeaks = .signed, decimals: Int = 4) throws(AudioError) -> [UInt8] {
        let scale = try Self.scale(decimals)
        var text = PlainText(reserving: 64 + peaks.count * (decimals + 3))
        text.append("{\"peaks\":[")
        for channel in 0..<channels {
            text.append(channel == 0 ? "[" : ",[")
            for point in 0..<count {
                if point > 0 { text.append("," as Unicode.Scalar) }
                let low = Int(minimum(at: point, channel: channel))
                let high = Int(maximum(at: point, channel: channel))
                if kind == .extremes {
                    text.append(Self.rounded(low * scale, 32_768), places: decimals)
                    text.append("," as Unicode.Scalar)
                    text.append(Self.rounded(high * scale, 32_768), places: decimals)
                } else {
                    text.append(Self.rounded((-low > high ? low : high) * scale, 32_768), places: decimals)
                }
            }
            text.append("]" as Unicode.Scalar)
        }
        text.append("],\"duration\":")
        // A foreign file may claim more seconds than microseconds fit 64 bits.
        let seconds = frames / sampleRate
        let part = Self.rounded(frames % sampleRate * 1_000_000, sampleRate)
        if seconds < 1 << 40 {
            text.append(seconds * 1_000_000 + part, places: 6)
        } else {
            text.append(seconds)
        }
        text.append("}\n")
        return text.bytes
    }

    /// The RMS of every point as JSON, in the order of the data file: it has no place in audiowaveform's own formats.
    ///
    /// `{"version":1,"channels":…,"sample_rate":…,"samples_per_pixel":…,"length":…,"rms":[…]}` with values in 0...1.
    /// `decimals` is 1 to 6. Throws `badArgument` for a waveform without RMS.
    public func encodeRMS(decimals: Int = 4) throws(AudioError) -> [UInt8] {
        let scale = Double(try Self.scale(decimals))
        guard hasRMS || count == 0 else {
            throw AudioError(.badArgument, "This waveform was drawn without RMS; draw it from the audio again.")
        }
        var text = PlainText(reserving: 128 + meanSquares.count * (decimals + 3))
        let fields = [
            ("{\"version\":", 1), (",\"channels\":", channels), (",\"sample_rate\":", sampleRate),
            (",\"samples_per_pixel\":", samplesPerPoint), (",\"length\":", count),
        ]
        for (name, value) in fields {
            text.append(name)
            text.append(value)
        }
        text.append(",\"rms\":[")
        for (at, mean) in meanSquares.enumerated() {
            if at > 0 { text.append("," as Unicode.Scalar) }
            text.append(Int((Double(mean).squareRoot() * scale).rounded()), places: decimals)
        }
        text.append("]}\n")
        return text.bytes
    }

    private static func scale(_ decimals: Int) throws(AudioError) -> Int {
        guard (1...6).contains(decimals) else {
            throw AudioError(.badArgument, "Values are written with 1 to 6 decimals, not \(decimals).")
        }
        return (0..<decimals).reduce(1) { (scale, _) in scale * 10 }
    }

    /// The nearest whole number to a quotient, halves away from zero.
    private static func rounded(_ number: Int, _ divisor: Int) -> Int {
        (number + (number < 0 ? -divisor : divisor) / 2) / divisor
    }
}
