// The waveform branch of HTDemucs: tasks of some hundred columns; norms over whole rows make it several passes.
#include "htdemucs.h"

/// The columns of a task in rows of `length`.
static size_t columns_of(size_t length, size_t task)
{
    return demucs_smaller(DEMUCS_CHUNK, length - task * DEMUCS_CHUNK);
}

/// Zeros around the rows of a tensor that another depth used before.
static void clear_ends(const busker_htdemucs_session *s, float *tensor, size_t depth, size_t channels)
{
    const size_t used = DEMUCS_PAD + s->lengths[depth];
    for (size_t c = 0; c < channels; c++) {
        memset(tensor + c * s->pitches[depth], 0, DEMUCS_PAD * sizeof *tensor);
        memset(tensor + c * s->pitches[depth] + used, 0, (s->pitches[depth] - used) * sizeof *tensor);
    }
}

static void convolve_task(void *context, size_t task, size_t thread)
{
    busker_htdemucs_session *s = context;
    const busker_htdemucs *net = s->net;
    const demucs_seat *seat = &s->seats[thread];
    const demucs_stage *part = s->part;
    const size_t depth = s->depth + 1, first = task * DEMUCS_CHUNK, count = columns_of(s->lengths[depth], task);
    float *in = s->depth ? s->kept_wave[s->depth - 1] : s->wave;
    for (size_t c = 0; c < part->outside; c++)
        for (size_t k = 0; k < DEMUCS_KERNEL; k++)
            seat->rows[c * DEMUCS_KERNEL + k] = demucs_wave_row(s, in, s->depth, c) + k - 2;
    const neural_source source = {.rows = seat->rows, .step = DEMUCS_STRIDE};
    float *out = demucs_wave_row(s, s->aside_wave, depth, 0) + first;
    neural_product(net->loops, &part->convolution, &source, first, count, out, s->pitches[depth], seat->packing);
    for (size_t c = 0; c < part->channels; c++)
        net->loops->gelu(out + c * s->pitches[depth], count);
}

static void narrow_task(void *context, size_t task, size_t thread)
{
    busker_htdemucs_session *s = context;
    const size_t depth = s->depth + 1, first = task * DEMUCS_CHUNK, pitch = s->pitches[depth];
    const size_t dilation = s->residual == &s->part->residuals[0] ? 1 : 2;
    demucs_narrow(s->net, &s->seats[thread], s->residual, dilation, demucs_wave_row(s, s->aside_wave, depth, 0), pitch,
                  first, columns_of(s->lengths[depth], task), s->narrow_wave + first, pitch, s->sums + 2 * task);
}

static void widen_task(void *context, size_t task, size_t thread)
{
    busker_htdemucs_session *s = context;
    const size_t depth = s->depth + 1, pitch = s->pitches[depth], count = columns_of(s->lengths[depth], task);
    float *narrow = s->narrow_wave + task * DEMUCS_CHUNK;
    demucs_activate(s->net, s->residual, s->level, narrow, pitch, count);
    demucs_widen(s->net, &s->seats[thread], s->residual, narrow, pitch, count, s->sums + 2 * task);
}

static void gate_task(void *context, size_t task, size_t thread)
{
    busker_htdemucs_session *s = context;
    const size_t depth = s->depth + 1, pitch = s->pitches[depth], count = columns_of(s->lengths[depth], task);
    const size_t first = task * DEMUCS_CHUNK;
    demucs_widen(s->net, &s->seats[thread], s->residual, s->narrow_wave + first, pitch, count, NULL);
    demucs_gate(s->net, &s->seats[thread], s->residual, s->level,
                demucs_wave_row(s, s->aside_wave, depth, 0) + first, pitch, count);
}

static void residuals(busker_htdemucs_session *s)
{
    const size_t length = s->lengths[s->depth + 1], tasks = demucs_parts(length, DEMUCS_CHUNK);
    for (size_t d = 0; d < DEMUCS_RESIDUALS; d++) {
        double sums[2];
        s->residual = &s->part->residuals[d];
        neural_pool_run(s->pool, narrow_task, s, tasks);
        demucs_add_sums(s, tasks, sums);
        s->level = demucs_norm_level(sums, (double)(s->residual->narrow.rows * length));
        neural_pool_run(s->pool, widen_task, s, tasks);
        demucs_add_sums(s, tasks, sums);
        s->level = demucs_norm_level(sums, (double)(s->residual->wide.rows * length));
        neural_pool_run(s->pool, gate_task, s, tasks);
    }
}

/// The rewrite of a task's columns from one tensor into another: kernels of 1 or 3 samples.
static void rewrite(busker_htdemucs_session *s, size_t task, size_t thread, float *from, float *to, size_t kernel)
{
    const demucs_seat *seat = &s->seats[thread];
    const size_t depth = s->depth + 1, pitch = s->pitches[depth], count = columns_of(s->lengths[depth], task);
    const size_t channels = s->part->channels, first = task * DEMUCS_CHUNK;
    for (size_t c = 0; c < channels; c++)
        for (size_t k = 0; k < kernel; k++)
            seat->rows[c * kernel + k] = demucs_wave_row(s, from, depth, c) + k - kernel / 2;
    const neural_source source = {.rows = seat->rows, .step = 1};
    neural_product(s->net->loops, &s->part->rewrite, &source, first, count, seat->wide, count, seat->packing);
    for (size_t c = 0; c < channels; c++)
        s->net->loops->glu(seat->wide + c * count, seat->wide + (channels + c) * count,
                           demucs_wave_row(s, to, depth, 0) + c * pitch + first, count);
}

static void keep_task(void *context, size_t task, size_t thread)
{
    busker_htdemucs_session *s = context;
    rewrite(s, task, thread, s->aside_wave, s->kept_wave[s->depth], 1);
}

void demucs_encode_wave(busker_htdemucs_session *s, size_t depth)
{
    const size_t tasks = demucs_parts(s->lengths[depth + 1], DEMUCS_CHUNK);
    s->depth = depth;
    s->part = &s->net->encoders[1][depth];
    clear_ends(s, s->aside_wave, depth + 1, s->part->channels);
    neural_pool_run(s->pool, convolve_task, s, tasks);
    residuals(s);
    neural_pool_run(s->pool, keep_task, s, tasks);
}

static void rewrite_task(void *context, size_t task, size_t thread)
{
    busker_htdemucs_session *s = context;
    rewrite(s, task, thread, s->kept_wave[s->depth], s->aside_wave, 3);
}

/// Four samples of the longer rows from each pair of neighbours of the shorter ones.
static void enlarge_task(void *context, size_t task, size_t thread)
{
    busker_htdemucs_session *s = context;
    const busker_htdemucs *net = s->net;
    const demucs_seat *seat = &s->seats[thread];
    const size_t outside = s->part->outside, channels = s->part->channels, first = task * DEMUCS_CHUNK;
    const size_t length = s->lengths[s->depth], count = columns_of(s->lengths[s->depth + 1] + 1, task);
    for (size_t c = 0; c < channels; c++) {
        seat->rows[c] = demucs_wave_row(s, s->aside_wave, s->depth + 1, c);
        seat->rows[channels + c] = seat->rows[c] - 1;
    }
    const neural_source source = {.rows = seat->rows, .step = 1};
    neural_product(net->loops, &s->part->convolution, &source, first, count, seat->wide, count, seat->packing);
    if (s->depth > 0)
        net->loops->gelu(seat->wide, DEMUCS_STRIDE * outside * count);
    for (size_t c = 0; c < outside; c++) {
        float *to = s->depth ? demucs_wave_row(s, s->kept_wave[s->depth - 1], s->depth, c) : s->out_wave + c * length;
        for (size_t p = 0; p < DEMUCS_STRIDE; p++) {
            const float *from = seat->wide + (p * outside + c) * count;
            for (size_t i = 0; i < count; i++) {
                const size_t at = DEMUCS_STRIDE * (first + i) + p;
                if (at >= 2 && at - 2 < length)
                    to[at - 2] = from[i] + (s->depth ? to[at - 2] : 0);
            }
        }
    }
}

void demucs_decode_wave(busker_htdemucs_session *s, size_t depth)
{
    const size_t length = s->lengths[depth + 1];
    s->depth = depth;
    s->part = &s->net->decoders[1][depth];
    clear_ends(s, s->aside_wave, depth + 1, s->part->channels);
    neural_pool_run(s->pool, rewrite_task, s, demucs_parts(length, DEMUCS_CHUNK));
    residuals(s);
    neural_pool_run(s->pool, enlarge_task, s, demucs_parts(length + 1, DEMUCS_CHUNK));
}
