// Real Fourier transforms of frames by FFTW, with the window and the reflection that PyTorch's stft has.
#include "fourier.h"

#include <fftw3.h>
#include <math.h>

#include "neural.h"

struct neural_fourier {
    size_t size, hop;
    float *window, *squares;
    fftwf_plan forward, inverse;
};

neural_fourier *neural_fourier_create(size_t size, size_t hop)
{
    neural_fourier *f = neural_alloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->size = size;
    f->hop = hop;
    f->window = neural_alloc(size, sizeof *f->window);
    f->squares = neural_alloc(size, sizeof *f->squares);
    float *samples = neural_alloc(size, sizeof *samples);
    fftwf_complex *spectrum = neural_alloc(size / 2 + 1, sizeof *spectrum);
    if (f->window && f->squares && samples && spectrum) {
        busker_planner_lock();
        f->forward = fftwf_plan_dft_r2c_1d((int)size, samples, spectrum, FFTW_ESTIMATE);
        f->inverse = fftwf_plan_dft_c2r_1d((int)size, spectrum, samples, FFTW_ESTIMATE);
        busker_planner_unlock();
        for (size_t i = 0; i < size; i++) {
            f->window[i] = (float)(0.5 - 0.5 * cos(2 * M_PI * (double)i / (double)size));
            f->squares[i] = f->window[i] * f->window[i];
        }
    }
    neural_free(samples);
    neural_free(spectrum);
    if (f->forward && f->inverse)
        return f;
    neural_fourier_destroy(f);
    return NULL;
}

void neural_fourier_destroy(neural_fourier *f)
{
    if (!f)
        return;
    busker_planner_lock();
    if (f->forward)
        fftwf_destroy_plan(f->forward);
    if (f->inverse)
        fftwf_destroy_plan(f->inverse);
    busker_planner_unlock();
    neural_free(f->window);
    neural_free(f->squares);
    neural_free(f);
}

static size_t spectrum_floats(const neural_fourier *f)
{
    return (f->size + 2 + 15) / 16 * 16;
}

size_t neural_fourier_room(const neural_fourier *f)
{
    return f->size + spectrum_floats(f);
}

/// The sample at a place, with the signal mirrored at its first and its last one.
static float reflected(const float *samples, size_t count, ptrdiff_t at)
{
    const ptrdiff_t last = (ptrdiff_t)count - 1, period = 2 * last;
    if (last <= 0)
        return last == 0 ? samples[0] : 0;
    at %= period;
    if (at < 0)
        at += period;
    return samples[at <= last ? at : period - at];
}

const float *neural_fourier_frame(const neural_fourier *f, const float *samples, size_t count, ptrdiff_t centre,
                                  float *room)
{
    const ptrdiff_t begin = centre - (ptrdiff_t)(f->size / 2);
    float *spectrum = room + f->size;
    if (begin >= 0 && begin + (ptrdiff_t)f->size <= (ptrdiff_t)count)
        for (size_t i = 0; i < f->size; i++)
            room[i] = samples[(size_t)begin + i] * f->window[i];
    else
        for (size_t i = 0; i < f->size; i++)
            room[i] = reflected(samples, count, begin + (ptrdiff_t)i) * f->window[i];
    fftwf_execute_dft_r2c(f->forward, room, (fftwf_complex *)spectrum);
    return spectrum;
}

void neural_fourier_back(const neural_fourier *f, const float *spectrum, float scale, float *samples, float *room)
{
    memcpy(room + f->size, spectrum, (f->size + 2) * sizeof *spectrum);
    fftwf_execute_dft_c2r(f->inverse, (fftwf_complex *)(room + f->size), room);
    scale /= (float)f->size;
    for (size_t i = 0; i < f->size; i++)
        samples[i] += room[i] * f->window[i] * scale;
}

float neural_fourier_weight(const neural_fourier *f, ptrdiff_t sample, size_t frames)
{
    const ptrdiff_t half = (ptrdiff_t)(f->size / 2), hop = (ptrdiff_t)f->hop;
    ptrdiff_t frame = (sample - half) / hop - 1;
    float sum = 0;
    for (frame = frame < 0 ? 0 : frame; frame < (ptrdiff_t)frames && frame * hop - half <= sample; frame++) {
        const ptrdiff_t at = sample - (frame * hop - half);
        if (at >= 0 && at < (ptrdiff_t)f->size)
            sum += f->squares[at];
    }
    return sum;
}
