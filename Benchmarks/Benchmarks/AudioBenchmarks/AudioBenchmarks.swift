// Watches our own speed and memory from one version to the next.

import Benchmark
import BuskerAudio

let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .cpuTotal, .peakMemoryResident], timeUnits: .milliseconds, warmupIterations: 1,
        maxDuration: .seconds(5), maxIterations: 20)

    Benchmark("Waveform of a minute of stereo") { benchmark in
        let sound = Noise.stereo(seconds: 60)
        benchmark.startMeasurement()
        var builder = try WaveformBuilder(sampleRate: 44100, channels: 2)
        try builder.append(sound.samples.span)
        blackHole(try builder.finish().encodeBinary())
        benchmark.stopMeasurement()
    }
}
