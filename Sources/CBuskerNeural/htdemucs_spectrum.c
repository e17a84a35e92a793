// The spectrogram branch of HTDemucs: one task for each row of bins, so that all of it stays in a core's cache.
#include "htdemucs.h"

/// All residual layers of one row of bins: [channel][frame].
static void residuals(const busker_htdemucs_session *s, const demucs_seat *seat, const demucs_stage *part, float *row)
{
    const busker_htdemucs *net = s->net;
    for (size_t d = 0; d < DEMUCS_RESIDUALS; d++) {
        const demucs_residual *residual = &part->residuals[d];
        double sums[2];
        demucs_narrow(net, seat, residual, (size_t)1 << d, row, s->pitch, 0, s->frames, seat->narrow, s->frames, sums);
        demucs_level level = demucs_norm_level(sums, (double)(residual->narrow.rows * s->frames));
        demucs_activate(net, residual, level, seat->narrow, s->frames, s->frames);
        demucs_widen(net, seat, residual, seat->narrow, s->frames, s->frames, sums);
        level = demucs_norm_level(sums, (double)(residual->wide.rows * s->frames));
        demucs_gate(net, seat, residual, level, row, s->pitch, s->frames);
    }
}

/// Multiplies the first half of the wide room's rows by the gate of the second, into rows of a tensor.
static void gate(const busker_htdemucs_session *s, const demucs_seat *seat, size_t channels, float *row)
{
    for (size_t c = 0; c < channels; c++)
        s->net->loops->glu(
            seat->wide + c * s->frames, seat->wide + (channels + c) * s->frames, row + c * s->pitch, s->frames);
}

static void encode_task(void *context, size_t bin, size_t thread)
{
    busker_htdemucs_session *s = context;
    const busker_htdemucs *net = s->net;
    const demucs_seat *seat = &s->seats[thread];
    const demucs_stage *part = &net->encoders[0][s->depth];
    const size_t outside = part->outside, channels = part->channels, bins = demucs_bins(s->depth);
    float *in = s->depth ? s->kept[s->depth - 1] : s->spectra, *body = seat->body + DEMUCS_PAD;
    for (size_t c = 0; c < outside; c++)
        for (size_t k = 0; k < DEMUCS_KERNEL; k++) {
            const size_t from = DEMUCS_STRIDE * bin + k;
            const bool inside = from >= 2 && from - 2 < bins;
            seat->rows[c * DEMUCS_KERNEL + k] = inside ? demucs_row(s, in, outside, from - 2, c) : s->zeros;
        }
    const neural_source source = {.rows = seat->rows, .step = 1};
    neural_product(net->loops, &part->convolution, &source, 0, s->frames, body, s->pitch, seat->packing);
    for (size_t c = 0; c < channels; c++)
        net->loops->gelu(body + c * s->pitch, s->frames);
    residuals(s, seat, part, body);
    for (size_t c = 0; c < channels; c++)
        seat->rows[c] = body + c * s->pitch;
    neural_product(net->loops, &part->rewrite, &source, 0, s->frames, seat->wide, s->frames, seat->packing);
    float *out = demucs_row(s, s->kept[s->depth], channels, bin, 0);
    gate(s, seat, channels, out);
    if (s->depth == 0)
        for (size_t c = 0; c < channels; c++)
            net->loops->affine(out + c * s->pitch, 1, net->embedding[bin * channels + c], s->frames);
}

void demucs_encode(busker_htdemucs_session *s, size_t depth)
{
    s->depth = depth;
    neural_pool_run(s->pool, encode_task, s, demucs_bins(depth + 1));
}

static void rewrite_task(void *context, size_t bin, size_t thread)
{
    busker_htdemucs_session *s = context;
    const busker_htdemucs *net = s->net;
    const demucs_seat *seat = &s->seats[thread];
    const demucs_stage *part = &net->decoders[0][s->depth];
    const size_t channels = part->channels, bins = demucs_bins(s->depth + 1);
    for (size_t c = 0; c < channels; c++)
        for (size_t k = 0; k < 3; k++) {
            const bool inside = bin + k >= 1 && bin + k - 1 < bins;
            const float *row = inside ? demucs_row(s, s->kept[s->depth], channels, bin + k - 1, c) : s->zeros;
            for (size_t t = 0; t < 3; t++)
                seat->rows[(c * 3 + k) * 3 + t] = row + t - 1;
        }
    const neural_source source = {.rows = seat->rows, .step = 1};
    neural_product(net->loops, &part->rewrite, &source, 0, s->frames, seat->wide, s->frames, seat->packing);
    float *out = demucs_row(s, s->aside, channels, bin, 0);
    gate(s, seat, channels, out);
    residuals(s, seat, part, out);
}

/// Four rows of the larger tensor, each from the two rows of the smaller one that reach it.
static void enlarge_task(void *context, size_t bin, size_t thread)
{
    busker_htdemucs_session *s = context;
    const busker_htdemucs *net = s->net;
    const demucs_seat *seat = &s->seats[thread];
    const demucs_stage *part = &net->decoders[0][s->depth];
    const size_t channels = part->channels, outside = part->outside, bins = demucs_bins(s->depth + 1);
    for (size_t c = 0; c < channels; c++) {
        seat->rows[c] = bin < bins ? demucs_row(s, s->aside, channels, bin, c) : s->zeros;
        seat->rows[channels + c] = bin > 0 ? demucs_row(s, s->aside, channels, bin - 1, c) : s->zeros;
    }
    const neural_source source = {.rows = seat->rows, .step = 1};
    neural_product(net->loops, &part->convolution, &source, 0, s->frames, seat->wide, s->frames, seat->packing);
    for (size_t p = 0; p < DEMUCS_STRIDE; p++) {
        const size_t to = DEMUCS_STRIDE * bin + p;
        if (to < 2 || to - 2 >= DEMUCS_STRIDE * bins)
            continue;
        float *rows = seat->wide + p * outside * s->frames;
        if (s->depth > 0)
            net->loops->gelu(rows, outside * s->frames);
        for (size_t c = 0; c < outside; c++)
            if (s->depth > 0)
                net->loops->add(rows + c * s->frames, 1, demucs_row(s, s->kept[s->depth - 1], outside, to - 2, c),
                                s->frames);
            else
                memcpy(s->out_spectra + ((to - 2) * outside + c) * s->frames, rows + c * s->frames,
                       s->frames * sizeof *rows);
    }
}

void demucs_decode(busker_htdemucs_session *s, size_t depth)
{
    s->depth = depth;
    neural_pool_run(s->pool, rewrite_task, s, demucs_bins(depth + 1));
    neural_pool_run(s->pool, enlarge_task, s, demucs_bins(depth + 1) + 1);
}
