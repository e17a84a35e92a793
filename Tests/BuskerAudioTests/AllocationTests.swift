// The heap is left alone by everything but `create`, also inside FFTW.

import CAllocationCount
import CBuskerDSP
import Testing

/// Blocks of floats taken before the counting begins.
@safe struct HeapBlocks: ~Copyable {
    let count: Int
    let a: UnsafeMutablePointer<Float>
    let b: UnsafeMutablePointer<Float>
    let c: UnsafeMutablePointer<Float>
    let d: UnsafeMutablePointer<Float>

    init(_ count: Int) {
        self.count = count
        unsafe a = .allocate(capacity: count)
        unsafe b = .allocate(capacity: count)
        unsafe c = .allocate(capacity: count)
        unsafe d = .allocate(capacity: count)
        for (i, value) in Signals.noise(count, seed: 1).enumerated() {
            unsafe a[i] = value
            unsafe b[i] = abs(value)
            unsafe c[i] = 0
            unsafe d[i] = 0
        }
    }

    deinit {
        unsafe a.deallocate()
        unsafe b.deallocate()
        unsafe c.deallocate()
        unsafe d.deallocate()
    }
}

/// Adds up failures without touching the heap.
func fails(_ status: busker_status) -> Int { status == BUSKER_OK ? 0 : 1 }

@Suite(.enabled(if: allocation_count_works())) struct AllocationTests {
    @Test func theCounterSeesWhatTheCoreTakes() {
        let before = allocation_count()
        var stft: OpaquePointer?
        var config = busker_stft_config(
            fft_size: 256, hop: 64, window: BUSKER_WINDOW_HANN, planning: BUSKER_PLANNING_ESTIMATE)
        let status = unsafe busker_stft_create(&config, &stft)
        unsafe busker_stft_destroy(stft)
        #expect(status == BUSKER_OK)
        #expect(allocation_count() - before > 20)
    }

    /// Sizes whose half has small prime factors, as stft.h says.
    @Test(arguments: [64, 256, 600, 1144, 2048, 4410, 65536])
    func theTransformTakesNothing(size: Int) {
        let (hop, count) = (size / 4, 5 * size + 3)
        var stft: OpaquePointer?
        var config = busker_stft_config(
            fft_size: UInt32(size), hop: UInt32(hop), window: BUSKER_WINDOW_HANN, planning: BUSKER_PLANNING_ESTIMATE)
        #expect(unsafe busker_stft_create(&config, &stft) == BUSKER_OK)
        let frames = unsafe busker_stft_frames(stft, count)
        let bins = size / 2 + 1
        let buffers = HeapBlocks(2 * bins * frames)
        let (samples, mask, spectrum, out) = unsafe (buffers.a, buffers.b, buffers.c, buffers.d)
        let before = allocation_count()
        var failures = 0
        for _ in 0..<3 {
            unsafe failures += fails(busker_stft_analyse(stft, samples, count, spectrum, 2 * bins * frames))
            unsafe failures += fails(busker_stft_analyse_range(stft, samples, count, 1, 2, spectrum, 4 * bins))
            unsafe failures += fails(busker_stft_synthesise(stft, spectrum, 2 * bins * frames, out, count))
            unsafe failures += fails(
                busker_stft_synthesise_masked(stft, spectrum, 2 * bins * frames, mask, bins * frames, out, count))
            unsafe failures += fails(busker_stft_filter(stft, samples, count, mask, bins * frames, out, count))
            unsafe failures += fails(busker_stft_push(stft, samples, hop, spectrum, 2 * bins))
            unsafe failures += fails(busker_stft_pull(stft, spectrum, 2 * bins, out, hop))
            unsafe busker_stft_reset(stft)
        }
        let taken = allocation_count() - before
        #expect(failures == 0)
        #expect(taken == 0)
        unsafe busker_stft_destroy(stft)
    }

    @Test func masksTakeNothing() {
        let buffers = HeapBlocks(4096)
        let (a, b, c) = unsafe (buffers.a, buffers.b, buffers.c)
        let before = allocation_count()
        var failures = 0
        for power in 1...3 {
            unsafe failures += fails(busker_magnitude(a, 4096, c, 2048))
            unsafe failures += fails(busker_power(a, 4096, c, 2048))
            unsafe failures += fails(busker_phase(a, 4096, c, 2048))
            unsafe failures += fails(busker_mask_apply(c, 4096, b, 2048))
            unsafe failures += fails(busker_soft_mask(a, 4096, b, 4096, Float(power), true, c, 4096))
            unsafe failures += fails(busker_ratio_masks(b, 4096, 4, Float(power), c, 4096))
            unsafe failures += fails(busker_mask_residual(b, 4096, 2, c, 2048))
            unsafe failures += fails(busker_mask_minimum(c, 4096, b, 4096))
            unsafe failures += fails(busker_mask_multiply(c, 4096, b, 4096))
            unsafe failures += fails(busker_mask_clamp(c, 4096, 0, 1))
        }
        let taken = allocation_count() - before
        #expect(failures == 0)
        #expect(taken == 0)
    }

    @Test(arguments: [31, 255])
    func mediansAndTheirMasksTakeNothing(width: Int) {
        let (bins, frames) = (257, 20)
        var median: OpaquePointer?
        var hpss: OpaquePointer?
        var medianConfig = busker_median_config(bins: UInt32(bins), width: UInt32(width))
        var hpssConfig = busker_hpss_config(
            bins: UInt32(bins), width_time: UInt32(width), width_frequency: UInt32(width), power: 2,
            margin_harmonic: 1, margin_percussive: 1)
        #expect(unsafe busker_median_create(&medianConfig, &median) == BUSKER_OK)
        #expect(unsafe busker_hpss_create(&hpssConfig, &hpss) == BUSKER_OK)
        let count = bins * frames
        let buffers = HeapBlocks(count)
        let (levels, harmonic, percussive) = unsafe (buffers.b, buffers.c, buffers.d)
        var isReady = false
        var failures = 0
        let before = allocation_count()
        unsafe failures += fails(busker_median_time(median, levels, count, harmonic, count))
        unsafe failures += fails(busker_median_frequency(median, levels, count, harmonic, count))
        unsafe failures += fails(busker_hpss_masks(hpss, levels, count, harmonic, count, percussive, count))
        for frame in 0..<frames {
            let row = unsafe levels + frame * bins
            unsafe failures += fails(busker_median_push(median, row, bins, harmonic, bins, &isReady))
            unsafe failures += fails(
                busker_hpss_push(hpss, row, bins, harmonic, bins, percussive, bins, &isReady))
        }
        unsafe failures += fails(busker_median_flush(median, harmonic, bins, &isReady))
        unsafe failures += fails(busker_hpss_flush(hpss, harmonic, bins, percussive, bins, &isReady))
        unsafe busker_median_reset(median)
        unsafe busker_hpss_reset(hpss)
        let taken = allocation_count() - before
        #expect(failures == 0)
        #expect(taken == 0)
        unsafe busker_median_destroy(median)
        unsafe busker_hpss_destroy(hpss)
    }

    @Test func pitchAndMeansTakeNothing() {
        let (bins, frames) = (257, 40)
        var pitch: OpaquePointer?
        var config = busker_pitch_config(
            bins: bins, frames_max: frames, bin_width: 21.5, lowest: 90, highest: 800, cents: 20, top: 5000,
            harmonics: 20, decay: 0.9, between: 0.5, jump_cost: 0.03, jump_max: 10, fade_low: 120, fade_high: 220,
            block: 10, lag: 20)
        #expect(unsafe busker_pitch_create(&config, &pitch) == BUSKER_OK)
        let count = bins * frames
        let buffers = HeapBlocks(count)
        let (levels, white, hertz) = unsafe (buffers.b, buffers.c, buffers.d)
        var failures = 0
        let before = allocation_count()
        unsafe failures += fails(busker_pitch_whiten(pitch, levels, count, frames, 93, 87, 0.3, white, count))
        unsafe failures += fails(busker_pitch_track(pitch, white, count, frames, hertz, frames))
        unsafe busker_pitch_comb(21.5, hertz[0], 24, 6000, white, bins)
        unsafe busker_box_time(levels, white, frames, bins, 87)
        unsafe busker_box_frequency(levels, white, frames, bins, 93)
        let taken = allocation_count() - before
        #expect(failures == 0)
        #expect(taken == 0)
        unsafe busker_pitch_destroy(pitch)
    }
}
