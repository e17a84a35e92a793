// The least an STFT and its inverse over FFTW can cost: fft_floor estimate|measure RUNS SECONDS.
//
// Stereo noise, 2048/512, each frame windowed, transformed, transformed back, windowed, added, and at the end scaled by the summed
// squared windows. The spectrogram is never stored.
#include <fftw3.h>
#include <math.h>
#include <string.h>

#include "measure.h"

enum { SIZE = 2048, HOP = 512, RATE = 44100, CHANNELS = 2 };

typedef struct floor_work {
    size_t count, frames, padded;
    float *audio, *out, *window, *norm, *frame;
    fftwf_complex *bins;
    fftwf_plan forward, inverse;
} floor_work;

static floor_work make_work(size_t count, unsigned planning)
{
    floor_work w = {.count = count, .frames = 1 + count / HOP, .padded = count + 2 * SIZE};
    w.audio = fftwf_alloc_real(w.padded * CHANNELS);
    w.out = fftwf_alloc_real(w.padded * CHANNELS);
    w.norm = fftwf_alloc_real(w.padded);
    w.window = fftwf_alloc_real(SIZE);
    w.frame = fftwf_alloc_real(SIZE);
    w.bins = fftwf_alloc_complex(SIZE / 2 + 1);
    w.forward = fftwf_plan_dft_r2c_1d(SIZE, w.frame, w.bins, planning);
    w.inverse = fftwf_plan_dft_c2r_1d(SIZE, w.bins, w.frame, planning);
    memset(w.audio, 0, sizeof(float) * w.padded * CHANNELS);
    memset(w.norm, 0, sizeof(float) * w.padded);
    srand(1);
    for (size_t channel = 0; channel < CHANNELS; channel++)
        for (size_t i = 0; i < count; i++)
            w.audio[channel * w.padded + SIZE / 2 + i] = (float)rand() / (float)RAND_MAX - 0.5f;
    for (int i = 0; i < SIZE; i++)
        w.window[i] = 0.5f - 0.5f * cosf(2.0f * (float)M_PI * (float)i / SIZE);
    for (size_t f = 0; f < w.frames; f++)
        for (size_t i = 0; i < SIZE; i++)
            w.norm[f * HOP + i] += w.window[i] * w.window[i];
    for (size_t i = 0; i < w.padded; i++)
        w.norm[i] = w.norm[i] > 1e-8f ? 1.0f / (SIZE * w.norm[i]) : 0.0f;
    return w;
}

static void run(const floor_work *w)
{
    memset(w->out, 0, sizeof(float) * w->padded * CHANNELS);
    for (size_t channel = 0; channel < CHANNELS; channel++) {
        const float *source = w->audio + channel * w->padded;
        float *restrict target = w->out + channel * w->padded;
        for (size_t f = 0; f < w->frames; f++) {
            for (size_t i = 0; i < SIZE; i++)
                w->frame[i] = source[f * HOP + i] * w->window[i];
            fftwf_execute(w->forward);
            fftwf_execute(w->inverse);
            for (size_t i = 0; i < SIZE; i++)
                target[f * HOP + i] += w->frame[i] * w->window[i];
        }
        for (size_t i = SIZE / 2; i < SIZE / 2 + w->count; i++)
            target[i] *= w->norm[i];
    }
}

static double largest_error(const floor_work *w)
{
    double worst = 0;
    for (size_t channel = 0; channel < CHANNELS; channel++)
        for (size_t i = 0; i < w->count; i++) {
            const size_t at = channel * w->padded + SIZE / 2 + i;
            worst = fmax(worst, fabs((double)w->out[at] - (double)w->audio[at]));
        }
    return worst;
}

int main(int argc, char **argv)
{
    if (argc != 4) measure_fail("usage: fft_floor estimate|measure RUNS SECONDS");
    static measure m;
    const double seconds = atof(argv[3]);
    floor_work w = make_work((size_t)(seconds * RATE), strcmp(argv[1], "measure") ? FFTW_ESTIMATE : FFTW_MEASURE);
    char note[64];
    run(&w);
    for (int i = measure_runs(argv[2]); i > 0; i--) {
        measure_begin(&m);
        run(&w);
        measure_end(&m);
    }
    snprintf(note, sizeof note, "largest error %.1e", largest_error(&w));
    measure_print(&m, strcmp(argv[1], "measure") ? "fused floor (ESTIMATE)" : "fused floor (MEASURE)", seconds, note);
    return 0;
}
