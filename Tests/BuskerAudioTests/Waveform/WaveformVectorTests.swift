// Files of audiowaveform, byte for byte.

import Testing

@testable import BuskerAudio

@Suite struct WaveformVectorTests {
    @Test func thereAreManyVectors() throws { #expect(try WaveformVectors.names().count == 33) }

    @Test(arguments: try WaveformVectors.names())
    func everyVectorComesOut(name: String) throws {
        let bits: Waveform.Bits = name.contains(".b8.") ? .eight : .sixteen
        let waveform = name.contains("b8to16") ? try read("sine-mono.z256.b8.dat") : try drawn(name)
        let written = try written(waveform, bits, like: name)
        #expect(try written == WaveformVectors.bytes(name))
    }

    @Test(arguments: try WaveformVectors.names())
    func everyVectorIsReadBack(name: String) throws {
        let bits: Waveform.Bits = name.contains(".b8.") ? .eight : .sixteen
        let written = try written(read(name), bits, like: name)
        #expect(try written == WaveformVectors.bytes(name))
    }

    @Test(arguments: try WaveformVectors.names().filter { !$0.contains("b8to16") })
    func everyVectorComesOutOfItsFile(name: String) throws {
        let parts = name.split(separator: ".")
        var zoom = try #require(Int(parts[1].drop { !$0.isNumber }))
        let file = AudioSource.file(WaveformVectors.folder + parts[0] + ".wav")
        if parts[1].hasPrefix("pps") {
            zoom = try Waveform.samplesPerPoint(
                sampleRate: WaveformVectors.wav(parts[0] + ".wav").rate, pointsPerSecond: zoom)
        }
        let options = WaveformOptions(.samplesPerPoint(zoom), mix: parts.contains("split") ? .perChannel : .mono)
        let waveform = try Waveform(contentsOf: file, options: options)
        let written = try written(waveform, parts[2] == "b8" ? .eight : .sixteen, like: name)
        #expect(try written == WaveformVectors.bytes(name))
    }

    private func read(_ name: String) throws -> Waveform {
        let bytes = try WaveformVectors.bytes(name)
        if name.hasSuffix(".dat") { return try Waveform(decodingBinary: bytes.span) }
        return try Waveform(decodingJSON: bytes.span)
    }

    private func written(_ waveform: Waveform, _ bits: Waveform.Bits, like name: String) throws -> [UInt8] {
        if name.hasSuffix(".dat") { return try waveform.encodeBinary(bits: bits) }
        return try waveform.encodeJSON(bits: bits)
    }

    /// Draws the audio a vector was made from, with the settings its name tells.
    private func drawn(_ name: String) throws -> Waveform {
        let parts = name.split(separator: ".")
        let audio = try WaveformVectors.wav(parts[0] + ".wav")
        var zoom = try #require(Int(parts[1].drop { !$0.isNumber }))
        if parts[1].hasPrefix("pps") {
            zoom = try Waveform.samplesPerPoint(sampleRate: audio.rate, pointsPerSecond: zoom)
        }
        var builder = try WaveformBuilder(
            sampleRate: audio.rate, channels: audio.channels, resolution: .samplesPerPoint(zoom),
            mix: parts.contains("split") ? .perChannel : .mono)
        try builder.append(audio.int16.span)
        try builder.append(audio.float.span)
        return try builder.finish()
    }
}
