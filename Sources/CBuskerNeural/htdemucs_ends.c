// Both ends of HTDemucs: from samples to what the encoders take, and from what the decoders made back to samples.
#include <math.h>

#include "htdemucs.h"

enum {
    /// Samples by which the first kept frame lies after the first sample, less half a frame.
    SHIFT = DEMUCS_HOP / 2 * 3,
    /// Frames beyond both ends that are left out, and frames of a task.
    BEYOND = 2,
    FRAMES = 16,
};

/// A mean and the reciprocal of a deviation (of count - 1, plus 1e-5), over sums of `tasks` tasks.
static demucs_level input_level(const busker_htdemucs_session *s, size_t tasks, double count)
{
    double sums[2];
    demucs_add_sums(s, tasks, sums);
    const double mean = sums[0] / count, variance = (sums[1] - sums[0] * mean) / (count - 1);
    return (demucs_level){mean, sqrt(variance > 0 ? variance : 0)};
}

static void spectra_task(void *context, size_t task, size_t thread)
{
    busker_htdemucs_session *s = context;
    const demucs_seat *seat = &s->seats[thread];
    const size_t channel = task % DEMUCS_CHANNELS, first = task / DEMUCS_CHANNELS * FRAMES;
    const size_t frames = demucs_smaller(FRAMES, s->frames - first), values = 2 * DEMUCS_BINS;
    const float *samples = demucs_wave_row(s, s->wave, 0, channel);
    double *sums = s->sums + 2 * task;
    sums[0] = sums[1] = 0;
    for (size_t f = 0; f < frames; f++) {
        const ptrdiff_t centre = (ptrdiff_t)((first + f + BEYOND) * DEMUCS_HOP) - SHIFT;
        const float *spectrum = neural_fourier_frame(s->net->fourier, samples, s->segment, centre, seat->fourier);
        for (size_t i = 0; i < values; i++)
            seat->wide[f * values + i] = spectrum[i] / 64;
        s->net->loops->moments(seat->wide + f * values, values, sums);
    }
    for (size_t b = 0; b < DEMUCS_BINS; b++)
        for (size_t part = 0; part < 2; part++) {
            float *row = demucs_row(s, s->spectra, 2 * DEMUCS_CHANNELS, b, 2 * channel + part) + first;
            for (size_t f = 0; f < frames; f++)
                row[f] = seat->wide[f * values + 2 * b + part];
        }
}

static void level_task(void *context, size_t bin, size_t thread)
{
    (void)thread;
    busker_htdemucs_session *s = context;
    const double scale = 1 / (1e-5 + s->spectrum_level.scale);
    for (size_t c = 0; c < 2 * DEMUCS_CHANNELS; c++)
        s->net->loops->affine(demucs_row(s, s->spectra, 2 * DEMUCS_CHANNELS, bin, c), (float)scale,
                              (float)(-s->spectrum_level.mean * scale), s->frames);
}

void demucs_analyse(busker_htdemucs_session *s)
{
    const size_t tasks = demucs_parts(s->frames, FRAMES) * DEMUCS_CHANNELS;
    neural_pool_run(s->pool, spectra_task, s, tasks);
    s->spectrum_level = input_level(s, tasks, 2.0 * DEMUCS_CHANNELS * DEMUCS_BINS * (double)s->frames);
    neural_pool_run(s->pool, level_task, s, DEMUCS_BINS);
    for (size_t c = 0; c < DEMUCS_CHANNELS; c++) {
        s->sums[2 * c] = s->sums[2 * c + 1] = 0;
        s->net->loops->moments(demucs_wave_row(s, s->wave, 0, c), s->segment, s->sums + 2 * c);
    }
    s->wave_level = input_level(s, DEMUCS_CHANNELS, (double)(DEMUCS_CHANNELS * s->segment));
    const double scale = 1 / (1e-5 + s->wave_level.scale);
    for (size_t c = 0; c < DEMUCS_CHANNELS; c++)
        s->net->loops->affine(demucs_wave_row(s, s->wave, 0, c), (float)scale, (float)(-s->wave_level.mean * scale),
                              s->segment);
}

/// A chunk of frames of one output, spectrum after spectrum, at the level of the input.
static void gather(const busker_htdemucs_session *s, size_t output, size_t first, size_t frames, float *spectra)
{
    const size_t rows = 2 * DEMUCS_CHANNELS * s->net->sources, values = 2 * DEMUCS_BINS + 2;
    const float scale = (float)s->spectrum_level.scale, mean = (float)s->spectrum_level.mean;
    for (size_t b = 0; b < DEMUCS_BINS; b++)
        for (size_t part = 0; part < 2; part++) {
            const float *row = s->out_spectra + (b * rows + 2 * output + part) * s->frames + first;
            for (size_t f = 0; f < frames; f++)
                spectra[f * values + 2 * b + part] = row[f] * scale + mean;
        }
    for (size_t f = 0; f < frames; f++)
        spectra[f * values + values - 2] = spectra[f * values + values - 1] = 0;
}

/// One channel of one source. What the waveform branch made becomes the whole.
static void samples_task(void *context, size_t output, size_t thread)
{
    busker_htdemucs_session *s = context;
    const demucs_seat *seat = &s->seats[thread];
    const size_t length = (s->frames + 2 * BEYOND) * DEMUCS_HOP + DEMUCS_FFT;
    // The first sample of the sum lies half a frame before the first frame's centre.
    float *sum = s->aside + thread * ((length + 15) / 16 * 16), *out = s->out_wave + output * s->segment;
    memset(sum, 0, length * sizeof *sum);
    for (size_t first = 0; first < s->frames; first += FRAMES) {
        const size_t frames = demucs_smaller(FRAMES, s->frames - first);
        gather(s, output, first, frames, seat->wide);
        for (size_t f = 0; f < frames; f++)
            neural_fourier_back(s->net->fourier, seat->wide + f * (2 * DEMUCS_BINS + 2), 64,
                                sum + (first + f + BEYOND) * DEMUCS_HOP, seat->fourier);
    }
    const float scale = (float)s->wave_level.scale, mean = (float)s->wave_level.mean;
    for (size_t i = 0; i < s->segment; i++) {
        const float weight =
            neural_fourier_weight(s->net->fourier, (ptrdiff_t)(i + SHIFT), s->frames + 2 * BEYOND);
        out[i] = out[i] * scale + mean + sum[i + SHIFT + DEMUCS_FFT / 2] / weight;
    }
}

void demucs_synthesise(busker_htdemucs_session *s)
{
    neural_pool_run(s->pool, samples_task, s, s->net->sources * DEMUCS_CHANNELS);
}
