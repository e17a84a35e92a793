// The transform of the C core, with arrays for tests.

import CBuskerDSP

/// One transform; ends itself.
@safe struct TestTransform: ~Copyable {
    private let handle: OpaquePointer
    let hop: Int
    let bins: Int
    let size: Int

    /// The status of a `create` whose handle is ended at once.
    static func status(
        _ size: Int, _ hop: Int, _ window: busker_window, planning: busker_planning = BUSKER_PLANNING_ESTIMATE
    ) -> busker_status {
        var config = busker_stft_config(fft_size: UInt32(size), hop: UInt32(hop), window: window, planning: planning)
        var handle: OpaquePointer?
        let status = unsafe busker_stft_create(&config, &handle)
        unsafe busker_stft_destroy(handle)
        return status
    }

    init(
        _ size: Int, _ hop: Int, _ window: busker_window = BUSKER_WINDOW_HANN,
        planning: busker_planning = BUSKER_PLANNING_ESTIMATE
    ) {
        var config = busker_stft_config(fft_size: UInt32(size), hop: UInt32(hop), window: window, planning: planning)
        var made: OpaquePointer?
        let status = unsafe busker_stft_create(&config, &made)
        guard status == BUSKER_OK, let made = unsafe made else { preconditionFailure("no transform") }
        unsafe handle = made
        self.hop = hop
        self.size = size
        bins = unsafe Int(busker_stft_bins(made))
    }

    deinit { unsafe busker_stft_destroy(handle) }

    var latency: Int { unsafe Int(busker_stft_latency(handle)) }

    var lead: Int { unsafe Int(busker_stft_lead(handle)) }

    func frames(_ count: Int) -> Int { unsafe busker_stft_frames(handle, count) }

    func reset() { unsafe busker_stft_reset(handle) }

    func analyse(_ samples: [Float]) -> [Float] {
        analyse(samples, first: 0, frames: frames(samples.count))
    }

    func analyse(_ samples: [Float], first: Int, frames: Int) -> [Float] {
        var spectrum = [Float](repeating: .nan, count: frames * 2 * bins)
        let status = unsafe busker_stft_analyse_range(
            handle, samples, samples.count, first, frames, &spectrum, spectrum.count)
        precondition(status == BUSKER_OK, "no spectrum")
        return spectrum
    }

    func synthesise(_ spectrum: [Float], count: Int) -> [Float] {
        var samples = [Float](repeating: .nan, count: count)
        let status = unsafe busker_stft_synthesise(handle, spectrum, spectrum.count, &samples, count)
        precondition(status == BUSKER_OK, "no samples")
        return samples
    }

    func synthesise(_ spectrum: [Float], mask: [Float], count: Int) -> [Float] {
        var samples = [Float](repeating: .nan, count: count)
        let status = unsafe busker_stft_synthesise_masked(
            handle, spectrum, spectrum.count, mask, mask.count, &samples, count)
        precondition(status == BUSKER_OK, "no samples")
        return samples
    }

    func filter(_ samples: [Float], mask: [Float] = []) -> [Float] {
        var out = [Float](repeating: .nan, count: samples.count)
        let status = unsafe busker_stft_filter(
            handle, samples, samples.count, mask, mask.count, &out, out.count)
        precondition(status == BUSKER_OK, "no samples")
        return out
    }

    func push(_ samples: ArraySlice<Float>) -> [Float] {
        var spectrum = [Float](repeating: .nan, count: 2 * bins)
        let status = unsafe samples.withUnsafeBufferPointer {
            unsafe busker_stft_push(handle, $0.baseAddress, $0.count, &spectrum, spectrum.count)
        }
        precondition(status == BUSKER_OK, "no spectrum")
        return spectrum
    }

    func pull(_ spectrum: [Float]) -> [Float] {
        var samples = [Float](repeating: .nan, count: hop)
        let status = unsafe busker_stft_pull(handle, spectrum, spectrum.count, &samples, hop)
        precondition(status == BUSKER_OK, "no samples")
        return samples
    }

    /// The statuses of every call with a buffer that is one too short.
    func statusesOfWrongLengths() -> [busker_status] {
        let count = 4 * hop
        let samples = [Float](repeating: 0, count: count)
        var out = samples
        var spectrum = [Float](repeating: 0, count: frames(count) * 2 * bins)
        let total = spectrum.count
        let mask = [Float](repeating: 1, count: frames(count) * bins)
        return unsafe [
            busker_stft_analyse(handle, samples, count, &spectrum, total - 1),
            busker_stft_analyse_range(handle, samples, count, frames(count), 1, &spectrum, 2 * bins),
            busker_stft_analyse_range(handle, samples, count, 1, .max, &spectrum, 2 * bins),
            busker_stft_synthesise(handle, spectrum, total - 1, &out, count),
            busker_stft_synthesise_masked(handle, spectrum, total, mask, mask.count - 1, &out, count),
            busker_stft_filter(handle, samples, count, mask, mask.count - 1, &out, count),
            busker_stft_filter(handle, samples, count, mask, mask.count, &out, count - 1),
            busker_stft_push(handle, samples, hop - 1, &spectrum, 2 * bins),
            busker_stft_pull(handle, spectrum, 2 * bins - 2, &out, hop),
        ]
    }
}
