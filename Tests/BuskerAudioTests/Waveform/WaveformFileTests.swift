// Data files: what they say, and that no broken one is taken for a good one.

import Testing

@testable import BuskerAudio

@Suite struct WaveformFileTests {
    private static let stereo = Waveform(
        sampleRate: 8000, samplesPerPoint: 16, channels: 2, frames: 40,
        peaks: [-32_768, 32_767, -256, 255, -300, 0, 5, 9, -1, 1, 0, 16_384],
        meanSquares: [0.25, 0, 0.04, 0.000_001, 1, 0.5])

    @Test func jsonIsWhatOthersRead() throws {
        let text = String(decoding: try Self.stereo.encodeJSON(bits: .eight), as: UTF8.self)
        #expect(
            text == """
                {"version":2,"channels":2,"sample_rate":8000,"samples_per_pixel":16,"bits":8,"length":3,\
                "data":[-128,127,-1,0,-1,0,0,0,0,0,0,64]}

                """)
    }

    @Test func wavesurferTakesPeaksAndDuration() throws {
        let signed = String(decoding: try Self.stereo.encodeWavesurfer(decimals: 3), as: UTF8.self)
        #expect(signed == "{\"peaks\":[[-1,-0.009,0],[-0.008,0,0.5]],\"duration\":0.005}\n")
        let both = String(decoding: try Self.stereo.encodeWavesurfer(.extremes, decimals: 2), as: UTF8.self)
        #expect(both == "{\"peaks\":[[-1,1,-0.01,0,0,0],[-0.01,0.01,0,0,0,0.5]],\"duration\":0.005}\n")
        #expect(throws: AudioError.self) { try Self.stereo.encodeWavesurfer(decimals: 0) }
    }

    @Test func absurdLengthsAreWritten() throws {
        let huge = Waveform(
            sampleRate: 1, samplesPerPoint: Int(Int32.max), channels: 1, frames: 10_000 * Int(Int32.max),
            peaks: Array(repeating: 0, count: 20_000))
        let bytes = try huge.encodeBinary()
        let back = try Waveform(decodingBinary: bytes.span)
        let text = String(decoding: try back.encodeWavesurfer(), as: UTF8.self)
        #expect(back == huge && text.hasSuffix("\"duration\":21474836470000}\n"))
        #expect(try WaveformSVG(.envelope).render(back).contains("<path"))
    }

    @Test func rmsStandsBesideTheFile() throws {
        let text = String(decoding: try Self.stereo.encodeRMS(decimals: 3), as: UTF8.self)
        #expect(
            text.hasPrefix("{\"version\":1,\"channels\":2,\"sample_rate\":8000,\"samples_per_pixel\":16,\"length\":3,"))
        #expect(text.hasSuffix(",\"rms\":[0.5,0,0.2,0.001,1,0.707]}\n"))
        let plain = Waveform(sampleRate: 1, samplesPerPoint: 2, channels: 1, frames: 2, peaks: [0, 0])
        #expect(throws: AudioError.self) { try plain.encodeRMS() }
    }

    @Test func filesComeBack() throws {
        for bits in Waveform.Bits.allCases {
            let binary = try Self.stereo.encodeBinary(bits: bits)
            let json = try Self.stereo.encodeJSON(bits: bits)
            let a = try Waveform(decodingBinary: binary.span)
            let b = try Waveform(decodingJSON: json.span)
            #expect(a == b && a.channels == 2 && a.count == 3 && a.frames == 48)
            #expect(bits == .eight || a.peaks == Self.stereo.peaks)
        }
        let fine = Waveform(sampleRate: 1, samplesPerPoint: 1, channels: 1, frames: 1, peaks: [0, 0])
        #expect(throws: AudioError.self) { try fine.encodeBinary() }
        #expect(throws: AudioError.self) { try fine.encodeJSON() }
    }

    @Test(arguments: [
        "{\"version\":1,\"sample_rate\":8000,\"samples_per_pixel\":2,\"bits\":16,\"length\":1,\"data\":[-5,7]}",
        " {\n\"data\" : [ -5 , 7 ] ,\"x\":{\"a\":[1,2.5e3,{}],\"b\":\"q\\\"}\"},\t\"version\":2,\"channels\":1,"
            + "\"sample_rate\":8000,\"samples_per_pixel\":2,\"bits\":16,\"y\":null,\"z\":[],\"length\":1}\r\n ",
    ])
    func foreignJSONIsTaken(text: String) throws {
        let bytes = Array(text.utf8)
        let waveform = try Waveform(decodingJSON: bytes.span)
        #expect(waveform.peaks == [-5, 7] && waveform.channels == 1 && waveform.frames == 2)
    }

    private static let good =
        "{\"version\":2,\"channels\":1,\"sample_rate\":8000,\"samples_per_pixel\":2,\"bits\":8,\"length\":1,\"data\":[-5,7]}"

    @Test(arguments: [
        ("\"version\":2", "\"version\":3"), ("\"version\":2,", ""), ("\"channels\":1", "\"channels\":0"),
        ("\"channels\":1", "\"channels\":25"), ("\"channels\":1", "\"channels\":2"), ("8000", "0"), ("8000", "-1"),
        ("8000", "8e3"), ("8000", "8000.0"), ("8000", "99999999999"), ("8000", "08000"), ("pixel\":2", "pixel\":1"),
        ("\"bits\":8", "\"bits\":9"), ("\"bits\":8,", ""), ("\"length\":1", "\"length\":2"),
        ("\"length\":1", "\"length\":-1"), ("\"length\":1", "\"length\":4000000000"), ("[-5,7]", "[-5]"),
        ("[-5,7]", "[7,-5]"), ("[-5,7]", "[-5,128]"), ("[-5,7]", "[-5,7,]"), ("[-5,7]", "[-5 7]"),
        ("[-5,7]", "[-5,40000]"), ("[-5,7]", "[-5,\"7\"]"), ("[-5,7]", "null"), (",\"data\":[-5,7]", ""),
        ("[-5,7]", "[-5,7],\"data\":[-5,7]"), ("\"bits\":8", "\"bits\":8,\"bits\":8"), ("}", ""), ("}", "}}"),
        ("{", "[{"), ("\"bits\"", "bits"), ("[-5,7]", "[-5,7],\"x\":nope"), ("[-5,7]", "[-5,7],\"x\":\"\u{1}\""),
        ("[-5,7]", "[-5,7],\"x\":" + String(repeating: "[", count: 100_000)), ("[-5,7]", "[-5,7],\"x"),
        ("[-5,7]", "[-5,7],\"x\\"),
    ])
    func brokenJSONIsRefused(part: String, replacement: String) throws {
        let at = try #require(Self.good.utf8.firstRange(of: part.utf8))
        let bytes = Array(Self.good.utf8[..<at.lowerBound]) + replacement.utf8 + Self.good.utf8[at.upperBound...]
        #expect(throws: AudioError.self) { try Waveform(decodingJSON: bytes.span) }
        let whole = Array(Self.good.utf8)
        #expect(try Waveform(decodingJSON: whole.span).peaks == [-1280, 1792])
    }

    @Test(arguments: [
        (0, 0), (0, 3), (4, 2), (4, 255), (8, 0), (11, 255), (12, 1), (15, 128), (16, 2), (16, 4), (19, 255), (20, 0),
        (20, 1), (20, 25), (23, 128), (24, 127),
    ])
    func brokenBinaryIsRefused(at: Int, value: UInt8) throws {
        var bytes = try Self.stereo.encodeBinary(bits: .eight)
        if at == 12 || at == 8 { bytes[at + 1] = 0 }
        bytes[at] = value
        if at == 24 { bytes[25] = 0 }
        #expect(throws: AudioError.self) { try Waveform(decodingBinary: bytes.span) }
    }

    @Test func everyCutIsRefused() throws {
        for bits in Waveform.Bits.allCases {
            let binary = try Self.stereo.encodeBinary(bits: bits)
            let json = try Self.stereo.encodeJSON(bits: bits)
            for length in binary.indices {
                #expect(throws: AudioError.self) { try Waveform(decodingBinary: binary.span.extracting(first: length)) }
            }
            for length in 0..<(json.count - 1) {
                #expect(throws: AudioError.self) { try Waveform(decodingJSON: json.span.extracting(first: length)) }
            }
            let long = binary + [0]
            #expect(throws: AudioError.self) { try Waveform(decodingBinary: long.span) }
        }
    }

    /// A mutation either fails with a typed error or gives a waveform that can be written and drawn.
    @Test(arguments: 0..<4)
    func mutationsNeverTrap(seed: Int) throws {
        var generator = Seeded(UInt64(seed) + 40)
        let isBinary = seed % 2 == 0
        let base =
            try isBinary ? Self.stereo.encodeBinary(bits: seed < 2 ? .eight : .sixteen) : Self.stereo.encodeJSON()
        var taken = 0
        for _ in 0..<6000 {
            var bytes = base
            for _ in 0...Int.random(in: 0...3, using: &generator) { mutate(&bytes, &generator) }
            do throws(AudioError) {
                let waveform =
                    isBinary ? try Waveform(decodingBinary: bytes.span) : try Waveform(decodingJSON: bytes.span)
                taken += 1
                #expect(waveform.peaks.count == 2 * waveform.channels * waveform.count)
                _ = try waveform.resampled(points: 3)
                _ = try waveform.resampled(to: min(Int(Int32.max), waveform.samplesPerPoint * 2)).encodeBinary()
                _ = try waveform.encodeWavesurfer()
            } catch {
                let codes: [AudioError.Code] = [.badWaveformFile, .waveformTooLarge]
                #expect(codes.contains(error.code))
            }
        }
        #expect(taken > 100 && taken < 5500)
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout Seeded) {
        guard let at = bytes.indices.randomElement(using: &generator) else { return }
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1:
            bytes[at] = [0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x5C, 0x5B, 0x7B, 0x2D].randomElement(using: &generator) ?? 0
        case 2: bytes.remove(at: at)
        case 3: bytes.insert(.random(in: 0...255, using: &generator), at: at)
        case 4: bytes.removeLast(Int.random(in: 0...min(8, bytes.count), using: &generator))
        default:
            let other = bytes.indices.randomElement(using: &generator) ?? at
            bytes.swapAt(at, other)
        }
    }
}

extension Collection where Element: Equatable {
    /// Where a run of elements first occurs.
    func firstRange(of part: some Collection<Element>) -> Range<Index>? {
        var at = startIndex
        while at != endIndex {
            if self[at...].starts(with: part) { return at..<index(at, offsetBy: part.count) }
            formIndex(after: &at)
        }
        return nil
    }
}
