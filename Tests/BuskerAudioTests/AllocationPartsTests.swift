// The heap is left alone by every part that separates, refines, converts and measures.

import CAllocationCount
import CBuskerDSP
import Testing

/// Lists are not walked while blocks are counted: unoptimised Swift takes memory for that itself.
extension AllocationTests {
    /// Three segments of different length, with and without a side, one after another.
    @Test(arguments: [0, 1])
    func stemsTakeNothing(refinements: Int) {
        var stems: OpaquePointer?
        var config = busker_stems_config(
            sample_rate: 8000, fft_size: 512, hop: 128, samples_max: 9000, refinements: UInt32(refinements))
        #expect(unsafe busker_stems_create(&config, &stems) == BUSKER_OK)
        let blocks = HeapBlocks(9000)
        let (mid, side, out) = unsafe (blocks.a, blocks.b, blocks.c)
        var failures = 0
        let before = allocation_count()
        for pass in 0..<3 {
            let count = 9000 - 1999 * pass
            let sideCount = pass == 1 ? 0 : count
            unsafe failures += fails(busker_stems_begin(stems, mid, count, side, sideCount))
            var share = 0.0
            while share < 1, failures == 0 { unsafe failures += fails(busker_stems_step(stems, &share)) }
            var stem: UInt32 = 0
            while stem < 3 {
                unsafe failures += fails(busker_stems_filter(stems, stem, 0, mid, count, out, count))
                unsafe failures += fails(busker_stems_filter(stems, stem, 1, side, count, out, count))
                stem += 1
            }
        }
        let taken = allocation_count() - before
        #expect(failures == 0)
        #expect(taken == 0)
        unsafe busker_stems_destroy(stems)
    }

    @Test func bandsAndRecallTakeNothing() {
        let (bins, bands, frames) = (129, 24, 150)
        var filter: OpaquePointer?
        var recall: OpaquePointer?
        var bandsConfig = busker_bands_config(bins: bins, bin_width: 62.5, count: bands, lowest: 60, highest: 8000)
        var recallConfig = busker_recall_config(
            features: bands, bins_max: bins, frames_max: frames, window: 61, distance: 2, neighbours: 12)
        #expect(unsafe busker_bands_create(&bandsConfig, &filter) == BUSKER_OK)
        #expect(unsafe busker_recall_create(&recallConfig, &recall) == BUSKER_OK)
        let blocks = HeapBlocks(bins * frames)
        let (levels, features, out) = unsafe (blocks.b, blocks.c, blocks.d)
        var list: UInt32 = 0
        var failures = 0
        let before = allocation_count()
        for pass in 0..<2 {
            let frames = 150 - 110 * pass
            let count = bins * frames
            unsafe failures += fails(busker_bands_apply(filter, levels, count, frames, features, bands * frames))
            unsafe failures += fails(busker_recall_find(recall, features, bands * frames, frames))
            unsafe failures += fails(busker_recall_quantile(recall, levels, count, bins, bins, 0.3, out, count))
            failures += unsafe busker_recall_neighbours(recall, frames - 1, &list, 1) > 0 ? 0 : 1
        }
        let taken = allocation_count() - before
        #expect(failures == 0)
        #expect(taken == 0)
        unsafe busker_bands_destroy(filter)
        unsafe busker_recall_destroy(recall)
    }

    /// Also lengths for which the transform of the beat is long.
    @Test(arguments: [(13, 300), (1, 20000)])
    func periodsTakeNothing(bins: Int, frames: Int) {
        var period: OpaquePointer?
        var config = busker_period_config(bins: bins, frames_max: frames)
        #expect(unsafe busker_period_create(&config, &period) == BUSKER_OK)
        let count = bins * frames
        let blocks = HeapBlocks(count)
        let periods = UnsafeMutablePointer<UInt32>.allocate(capacity: frames)
        unsafe periods.initialize(repeating: 7, count: frames)
        let (levels, beat, out) = unsafe (blocks.b, blocks.c, blocks.d)
        var failures = 0
        let before = allocation_count()
        unsafe failures += fails(busker_period_beat_spectrum(period, levels, count, 1, beat, frames))
        failures += unsafe busker_period_pick(beat, frames, 3, frames / 3) > 0 ? 0 : 1
        unsafe failures += fails(busker_period_median(period, levels, count, 1, frames, 9, out, count))
        unsafe failures += fails(
            busker_period_adaptive_median(period, levels, count, 1, periods, frames, 5, out, count))
        unsafe failures += fails(
            busker_period_track(period, levels, count, 1, frames / 2, frames / 4, 3, 20, periods, frames))
        let taken = allocation_count() - before
        #expect(failures == 0)
        #expect(taken == 0)
        unsafe periods.deallocate()
        unsafe busker_period_destroy(period)
    }

    @Test(arguments: [BUSKER_SIMILARITY_PEAKS, BUSKER_SIMILARITY_NEAREST])
    func similarityTakesNothing(mode: busker_similarity_mode) {
        let (bins, frames) = (33, 200)
        var similarity: OpaquePointer?
        var config = busker_similarity_config(
            bins: bins, frames_max: frames, neighbours_max: 20, distance: 3, threshold: 0, mode: mode)
        #expect(unsafe busker_similarity_create(&config, &similarity) == BUSKER_OK)
        let blocks = HeapBlocks(2 * bins * frames)
        let (levels, out) = unsafe (blocks.b, blocks.c)
        var failures = 0
        let before = allocation_count()
        for pass in 0..<2 {
            let (frames, channels) = (200 - 110 * pass, 1 + pass)
            let count = channels * bins * frames
            unsafe failures += fails(busker_similarity_find(similarity, levels, count, channels, frames))
            unsafe failures += fails(busker_similarity_median(similarity, levels, count, channels, out, count))
            unsafe failures += fails(busker_background_mask(levels, out, count, bins, 2))
        }
        let taken = allocation_count() - before
        #expect(failures == 0)
        #expect(taken == 0)
        unsafe busker_similarity_destroy(similarity)
    }

    @Test(arguments: [1, 2])
    func theWienerFilterTakesNothing(channels: Int) {
        let (bins, frames, sources) = (65, 30, 3)
        var wiener: OpaquePointer?
        var config = busker_wiener_config(
            bins: bins, frames_max: frames, channels: channels, sources: sources, residual: true)
        #expect(unsafe busker_wiener_create(&config, &wiener) == BUSKER_OK)
        let blocks = HeapBlocks((sources + 1) * channels * frames * 2 * bins)
        let (mixture, values, out) = unsafe (blocks.a, blocks.b, blocks.c)
        var failures = 0
        let before = allocation_count()
        for pass in 0..<3 {
            let start =
                pass == 0 ? BUSKER_WIENER_MASKS : pass == 1 ? BUSKER_WIENER_MAGNITUDES : BUSKER_WIENER_SOFT_MAGNITUDES
            let plane = channels * frames * 2 * bins
            unsafe failures += fails(
                busker_wiener_begin(
                    wiener, start, mixture, plane, values, sources * plane / 2, frames, out, (sources + 1) * plane))
            unsafe failures += fails(
                busker_wiener_refine(wiener, mixture, plane, frames, 2, out, (sources + 1) * plane))
        }
        let taken = allocation_count() - before
        #expect(failures == 0)
        #expect(taken == 0)
        unsafe busker_wiener_destroy(wiener)
    }

    @Test func placesAndMixesTakeNothing() {
        let (bins, frames) = (65, 20)
        let count = 2 * bins * frames
        var coherence: OpaquePointer?
        var config = busker_coherence_config(bins: bins, frames_around: 3, bins_around: 4)
        #expect(unsafe busker_coherence_create(&config, &coherence) == BUSKER_OK)
        let blocks = HeapBlocks(count)
        let (a, b, c, d) = unsafe (blocks.a, blocks.b, blocks.c, blocks.d)
        var failures = 0
        let before = allocation_count()
        unsafe failures += fails(busker_centre_similarity(a, b, count, bins, 2, 2, c, count / 2))
        unsafe failures += fails(busker_centre_cut(a, b, c, count))
        unsafe failures += fails(busker_centre_panning(a, b, count, c, d, count / 2))
        unsafe failures += fails(busker_coherence_measure(coherence, a, b, count, c, d, count / 2))
        unsafe busker_centre_mid_side(a, b, count, false)
        unsafe busker_crossfade_weights(d, count)
        unsafe busker_crossfade(a, d, count, c, count)
        unsafe busker_subtract(a, count, c, count)
        unsafe busker_mix_add(a, count, 0.5, c, count)
        unsafe busker_mix_interleave(a, count, 2, 10, d, 100)
        let peak = unsafe busker_peak(a, count)
        let taken = allocation_count() - before
        #expect(failures == 0)
        #expect(peak > 0)
        #expect(taken == 0)
        unsafe busker_coherence_destroy(coherence)
    }

    /// libsamplerate takes what it needs when it is made.
    @Test(arguments: [BUSKER_RATE_BEST, BUSKER_RATE_MEDIUM, BUSKER_RATE_FAST], [(44100, 16000), (8000, 48000)])
    func rateConversionTakesNothing(quality: busker_rate_quality, rates: (from: Int, to: Int)) {
        var rate: OpaquePointer?
        var config = busker_rate_config(
            from: UInt32(rates.from), to: UInt32(rates.to), channels: 2, quality: quality)
        #expect(unsafe busker_rate_create(&config, &rate) == BUSKER_OK)
        let blocks = HeapBlocks(4000)
        let (samples, out) = unsafe (blocks.a, blocks.c)
        var (used, made, total, failures) = (0, 0, 0, 0)
        let before = allocation_count()
        for block in 0..<6 {
            let isLast = block == 5
            var at = 0
            repeat {
                unsafe failures += fails(
                    busker_rate_process(rate, samples + at, 4000 - at, isLast, out, 1000, &used, &made))
                at += used
                total += made
            } while (at < 4000 || made > 0) && failures == 0
        }
        unsafe busker_rate_reset(rate)
        let taken = allocation_count() - before
        #expect(failures == 0)
        #expect(total == 2 * ((12000 * rates.to * 2 + rates.from) / (rates.from * 2)))
        #expect(taken == 0)
        unsafe busker_rate_destroy(rate)
    }

    /// A histogram is as large after an hour as after a second; exact loudness keeps its blocks, as its header says.
    @Test(arguments: [false, true])
    func loudnessTakesNothingUnlessItIsExact(exact: Bool) {
        var loudness: OpaquePointer?
        var config = busker_loudness_config(
            sample_rate: 8000, channels: 2, range: true, maxima: true, true_peak: true, exact: exact)
        #expect(unsafe busker_loudness_create(&config, &loudness) == BUSKER_OK)
        let blocks = HeapBlocks(16000)
        let samples = unsafe blocks.a
        var result = busker_loudness_result()
        var failures = 0
        let before = allocation_count()
        for _ in 0..<8 {
            unsafe failures += fails(busker_loudness_push(loudness, samples, 16000))
            unsafe failures += fails(busker_loudness_read(loudness, &result))
        }
        let taken = allocation_count() - before
        #expect(failures == 0)
        #expect(result.integrated > -30)
        #expect((taken > 0) == exact)
        unsafe busker_loudness_destroy(loudness)
    }
}
