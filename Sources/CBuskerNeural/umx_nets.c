// The nets of Open-Unmix, a chunk of frames at a time.
#include "umx_session.h"
#include <math.h>

static size_t chunks_of(size_t frames)
{
    return (frames + UMX_CHUNK - 1) / UMX_CHUNK;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/// The magnitudes of a chunk's frames, of the bins the nets look at: [frame][channel][bin].
static void read_chunk(const busker_umx_session *s, const umx_seat *seat, size_t first, size_t frames)
{
    const busker_umx *u = s->umx;
    for (size_t f = 0; f < frames; f++)
        for (size_t c = 0; c < u->config.channels; c++) {
            const float *spectrum = neural_fourier_frame(
                u->fourier, s->samples + c * s->count, s->count, (ptrdiff_t)((first + f) * u->config.hop), seat->fourier);
            float *to = seat->input + (f * u->config.channels + c) * u->seen;
            for (size_t b = 0; b < u->seen; b++)
                to[b] = sqrtf(spectrum[2 * b] * spectrum[2 * b] + spectrum[2 * b + 1] * spectrum[2 * b + 1]);
        }
}

static void input_task(void *context, size_t task, size_t thread)
{
    busker_umx_session *s = context;
    const busker_umx *u = s->umx;
    const umx_seat *seat = &s->seats[thread];
    const size_t first = task * UMX_CHUNK, frames = smaller(UMX_CHUNK, s->frames - first);
    const size_t seen = u->config.channels * u->seen;
    const neural_source source = {.base = seat->input, .pitch = seen};
    read_chunk(s, seat, first, frames);
    for (size_t t = 0; t < u->config.targets; t++) {
        neural_product(u->loops, &u->targets[t].first, &source, 0, frames, seat->product, UMX_CHUNK, seat->packing);
        u->loops->tanh(seat->product, u->width * UMX_CHUNK);
        neural_transpose(
            seat->product, UMX_CHUNK, u->width, frames, s->activations[t].first + first * u->width, u->width);
    }
}

void umx_run_input(busker_umx_session *s)
{
    neural_pool_run(s->pool, input_task, s, chunks_of(s->frames));
}

/// One direction of one target's layer, over all frames.
static void layer_task(void *context, size_t task, size_t thread)
{
    busker_umx_session *s = context;
    const busker_umx *u = s->umx;
    const umx_seat *seat = &s->seats[thread];
    const umx_activations *a = &s->activations[task / 2];
    const bool back = task % 2;
    const umx_direction *direction = &u->targets[task / 2].layers[s->layer][back];
    const size_t width = u->width, units = width / 2, chunks = chunks_of(s->frames);
    const neural_source source = {.base = s->layer ? a->turn[(s->layer + 1) % 2] : a->first, .pitch = width};
    float *out = a->turn[s->layer % 2] + (back ? units : 0);
    memset(seat->hidden, 0, units * sizeof *seat->hidden);
    memset(seat->cell, 0, units * sizeof *seat->cell);
    for (size_t n = 0; n < chunks; n++) {
        const size_t first = (back ? chunks - 1 - n : n) * UMX_CHUNK, frames = smaller(UMX_CHUNK, s->frames - first);
        neural_product(u->loops, &direction->input, &source, first, frames, seat->product, UMX_CHUNK, seat->packing);
        neural_transpose(seat->product, UMX_CHUNK, 4 * units, frames, seat->gates, s->gate_pitch);
        u->loops->lstm(direction->recurrent, units, seat->gates, s->gate_pitch, frames, back, seat->hidden, seat->cell,
                       out + first * width, width);
    }
}

void umx_run_layer(busker_umx_session *s, size_t layer)
{
    s->layer = layer;
    neural_pool_run(s->pool, layer_task, s, 2 * s->umx->config.targets);
}

static void second_task(void *context, size_t task, size_t thread)
{
    busker_umx_session *s = context;
    const busker_umx *u = s->umx;
    const umx_seat *seat = &s->seats[thread];
    const size_t target = task / chunks_of(s->frames), width = u->width;
    const size_t first = task % chunks_of(s->frames) * UMX_CHUNK, frames = smaller(UMX_CHUNK, s->frames - first);
    float *before = s->activations[target].first + first * width;
    const float *after = s->activations[target].turn[(UMX_LAYERS - 1) % 2] + first * width;
    for (size_t f = 0; f < frames; f++) {
        memcpy(seat->input + f * 2 * width, before + f * width, width * sizeof *before);
        memcpy(seat->input + f * 2 * width + width, after + f * width, width * sizeof *before);
    }
    const neural_source source = {.base = seat->input, .pitch = 2 * width};
    neural_product(u->loops, &u->targets[target].second, &source, 0, frames, seat->product, UMX_CHUNK, seat->packing);
    u->loops->relu(seat->product, width * UMX_CHUNK);
    neural_transpose(seat->product, UMX_CHUNK, width, frames, before, width);
}

void umx_run_second(busker_umx_session *s)
{
    neural_pool_run(s->pool, second_task, s, s->umx->config.targets * chunks_of(s->frames));
}
