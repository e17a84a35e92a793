// The residual layers that all encoders and decoders of HTDemucs have.
#include <math.h>

#include "htdemucs.h"

demucs_level demucs_norm_level(const double sums[2], double count)
{
    const double mean = sums[0] / count, variance = sums[1] / count - mean * mean;
    return (demucs_level){mean, 1 / sqrt((variance > 0 ? variance : 0) + 1e-5)};
}

void demucs_add_sums(const busker_htdemucs_session *s, size_t count, double sums[2])
{
    sums[0] = sums[1] = 0;
    for (size_t i = 0; i < count; i++) {
        sums[0] += s->sums[2 * i];
        sums[1] += s->sums[2 * i + 1];
    }
}

void demucs_narrow(const busker_htdemucs *net, const demucs_seat *seat, const demucs_residual *residual, size_t dilation,
                   const float *x, size_t pitch, size_t first, size_t count, float *out, size_t out_pitch,
                   double sums[2])
{
    const size_t channels = residual->narrow.columns / 3;
    for (size_t c = 0; c < channels; c++)
        for (size_t k = 0; k < 3; k++)
            seat->rows[3 * c + k] = x + c * pitch + k * dilation - dilation;
    const neural_source source = {.rows = seat->rows, .step = 1};
    neural_product(net->loops, &residual->narrow, &source, first, count, out, out_pitch, seat->packing);
    sums[0] = sums[1] = 0;
    for (size_t c = 0; c < residual->narrow.rows; c++)
        net->loops->moments(out + c * out_pitch, count, sums);
}

void demucs_activate(const busker_htdemucs *net, const demucs_residual *residual, demucs_level level, float *narrow,
                     size_t pitch, size_t count)
{
    for (size_t c = 0; c < residual->narrow.rows; c++) {
        const double scale = residual->narrow_weight[c] * level.scale;
        const float shift = (float)(residual->narrow_bias[c] - level.mean * scale);
        net->loops->affine_gelu(narrow + c * pitch, (float)scale, shift, count);
    }
}

void demucs_widen(const busker_htdemucs *net, const demucs_seat *seat, const demucs_residual *residual,
                  const float *narrow, size_t pitch, size_t count, double sums[2])
{
    for (size_t c = 0; c < residual->wide.columns; c++)
        seat->rows[c] = narrow + c * pitch;
    const neural_source source = {.rows = seat->rows, .step = 1};
    neural_product(net->loops, &residual->wide, &source, 0, count, seat->wide, count, seat->packing);
    if (!sums)
        return;
    sums[0] = sums[1] = 0;
    for (size_t c = 0; c < residual->wide.rows; c++)
        net->loops->moments(seat->wide + c * count, count, sums);
}

void demucs_gate(const busker_htdemucs *net, const demucs_seat *seat, const demucs_residual *residual,
                 demucs_level level, float *x, size_t pitch, size_t count)
{
    const size_t channels = residual->wide.rows / 2;
    for (size_t c = 0; c < channels; c++) {
        float parameters[4];
        for (size_t half = 0; half < 2; half++) {
            const double scale = residual->wide_weight[half * channels + c] * level.scale;
            parameters[2 * half] = (float)scale;
            parameters[2 * half + 1] = (float)(residual->wide_bias[half * channels + c] - level.mean * scale);
        }
        net->loops->glu_add(seat->wide + c * count, seat->wide + (channels + c) * count, parameters, residual->scale[c],
                            x + c * pitch, count);
    }
}
