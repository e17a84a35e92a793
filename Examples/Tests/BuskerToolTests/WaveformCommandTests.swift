// busker waveform against audiowaveform's own files.

import BuskerAudio
import Foundation
import Testing

@Suite struct WaveformCommandTests {
    /// One output of the manifest and the options that made it.
    struct Vector: CustomTestStringConvertible {
        let name: String
        let options: [String]
        var testDescription: String { name }
    }

    static let vectors: [Vector] = {
        let manifest = Runner.vectors.appending(path: "manifest.json")
        guard let data = try? Data(contentsOf: manifest),
            let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            let outputs = object["outputs"] as? [String: [String: Any]]
        else { return [] }
        return outputs.sorted { $0.key < $1.key }.compactMap { name, entry in
            (entry["args"] as? [String]).map { Vector(name: name, options: $0) }
        }
    }()

    @Test func theManifestIsThere() { #expect(Self.vectors.count > 30) }

    @Test(arguments: vectors)
    func bytesAreAudiowaveforms(vector: Vector) throws {
        let runner = try Runner()
        var options = vector.options
        let at = try #require(options.firstIndex(of: "-i"))
        options[at + 1] = Runner.vectors.appending(path: options[at + 1]).path
        let suffix = URL(filePath: vector.name).pathExtension
        let outcome = try runner.run(["waveform"] + options + ["-o", "out." + suffix])
        #expect(outcome.exit == 0, "\(outcome.errors)")
        let expected = try Data(contentsOf: Runner.vectors.appending(path: vector.name))
        #expect(try Data(contentsOf: runner.folder.appending(path: "out." + suffix)) == expected)
        #expect(try runner.files() == ["out." + suffix])
    }

    @Test func readsAndWritesPipes() throws {
        let runner = try Runner()
        let outcome = try runner.run(
            "waveform", "--output-format", "json", "-b", "8",
            reading: Runner.vectors.appending(path: "sine-mono.wav").path)
        #expect(outcome.output == (try Data(contentsOf: Runner.vectors.appending(path: "sine-mono.z256.b8.json"))))
    }

    @Test(arguments: [1, 7, 800, 5000])
    func pointsAreExact(points: Int) throws {
        let runner = try Runner()
        let json = try runner.run(
            "waveform", "-i", Runner.song, "--points", "\(points)", "--output-format", "wavesurfer"
        ).json()
        #expect((json["peaks"] as? [[Double]])?.first?.count == points)
        #expect(json["duration"] as? Double == 8)
    }

    @Test func rmsStandsBesideTheData() throws {
        let runner = try Runner()
        let outcome = try runner.run("waveform", "-i", Runner.song, "-o", "a.dat", "--rms", "-z", "1024", "--json")
        #expect(outcome.exit == 0, "\(outcome.errors)")
        #expect(try runner.files() == ["a.dat", "a.dat.rms.json"])
        let data = try Data(contentsOf: runner.folder.appending(path: "a.dat.rms.json"))
        let rms = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect((rms["rms"] as? [Double])?.count == (176_400 + 1023) / 1024)
    }

    @Test func aWaveformFileIsMadeCoarserAndCut() throws {
        let runner = try Runner()
        #expect(try runner.run("waveform", "-i", Runner.song, "-o", "fine.dat", "-z", "256").exit == 0)
        #expect(try runner.run("waveform", "-i", "fine.dat", "-o", "coarse.dat", "-z", "1024").exit == 0)
        #expect(try runner.run("waveform", "-i", Runner.song, "-o", "direct.dat", "-z", "1024").exit == 0)
        let coarse = try Data(contentsOf: runner.folder.appending(path: "coarse.dat"))
        #expect(try coarse == Data(contentsOf: runner.folder.appending(path: "direct.dat")))
        let part = try runner.run("waveform", "-i", "fine.dat", "-o", "part.json", "-s", "1", "-e", "2", "--json")
            .json()
        #expect(abs(try #require(part["seconds"] as? Double) - 1) < 0.03)
    }

    @Test func aPartOfASoundHasItsLength() throws {
        let json = try Runner().run("waveform", "-i", Runner.song, "-o", "p.dat", "-s", "2", "-e", "3.5", "--json")
            .json()
        #expect(json["frames"] as? Int == 33075)
    }

    @Test(arguments: ["bars", "one-sided", "envelope", "line", "radial"])
    func everyStyleDraws(style: String) throws {
        let runner = try Runner()
        let outcome = try runner.run(
            "waveform", "-i", Runner.song, "-o", "a.svg", "--style", style, "-w", "300", "-h", "90", "--rms", "--color",
            "0a7", "--background", "white", "--title", "A <song>", "--quiet")
        #expect(outcome.exit == 0, "\(outcome.errors)")
        let svg = try String(contentsOf: runner.folder.appending(path: "a.svg"), encoding: .utf8)
        #expect(svg.contains("width=\"300\" height=\"90\""))
        #expect(svg.contains("#00aa77"))
        #expect(svg.contains("<title>A &lt;song&gt;</title>"))
        #expect(svg.contains("<path"))
    }

    @Test func autoZoomMakesAsManyPointsAsTheWidth() throws {
        let json = try Runner().run("waveform", "-i", Runner.song, "-o", "a.dat", "-z", "auto", "-w", "321", "--json")
            .json()
        #expect(json["points"] as? Int == 321)
    }

    @Test func aFactorScalesTheData() throws {
        let runner = try Runner()
        func peak(_ scale: String) throws -> Double {
            let json = try runner.run(
                "waveform", "-i", Runner.song, "--output-format", "wavesurfer", "--amplitude-scale", scale
            ).json()
            return try #require((json["peaks"] as? [[Double]])?.first).map(abs).max() ?? 0
        }
        #expect(try peak("auto") > 0.99)
        #expect(try abs(peak("2") - 2 * peak("1")) < 0.001)
    }
}
