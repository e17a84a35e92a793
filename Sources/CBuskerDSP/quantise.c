// Rounds floats to 16 or 24 bits with repeatable triangular dither.
#include <math.h>

#include "busker_level.h"
#include "internal.h"

struct busker_quantiser {
    unsigned bits;
    bool dither;
    uint64_t state;
};

busker_status busker_quantiser_create(unsigned bits, bool dither, uint64_t seed, busker_quantiser **out)
{
    if (!out || (bits != 16 && bits != 24))
        return BUSKER_BAD_ARGUMENT;
    busker_quantiser *quantiser = busker_alloc(1, sizeof *quantiser);
    if (!quantiser)
        return BUSKER_NO_MEMORY;
    *quantiser = (busker_quantiser){.bits = bits, .dither = dither, .state = seed};
    *out = quantiser;
    return BUSKER_OK;
}

void busker_quantiser_destroy(busker_quantiser *quantiser)
{
    busker_free(quantiser);
}

/// The difference of two even numbers in 0...1, so of triangular density in -1...1 (SplitMix64 underneath).
static inline float triangle(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    z ^= z >> 31;
    const int32_t a = (int32_t)(z & 0xffffff), b = (int32_t)(z >> 40);
    return (float)(a - b) * (1.0f / 16777216.0f);
}

/// Scales, clamps and rounds half to even; NaN becomes 0.
static inline int32_t step(float x, double noise, double scale)
{
    const double value = isnan(x) ? 0 : (double)x * scale + noise;
    const double low = -scale, high = scale - 1;
    return (int32_t)__builtin_rint(value < low ? low : value > high ? high : value);
}

busker_status busker_quantiser_16(busker_quantiser *quantiser, const float *in, int16_t *out, size_t count)
{
    if (quantiser->bits != 16)
        return BUSKER_BAD_STATE;
    uint64_t state = quantiser->state;
    if (quantiser->dither)
        for (size_t i = 0; i < count; i++)
            out[i] = (int16_t)step(in[i], triangle(&state), 32768);
    else
        for (size_t i = 0; i < count; i++)
            out[i] = (int16_t)step(in[i], 0, 32768);
    quantiser->state = state;
    return BUSKER_OK;
}

busker_status busker_quantiser_24(busker_quantiser *quantiser, const float *in, int32_t *out, size_t count)
{
    if (quantiser->bits != 24)
        return BUSKER_BAD_STATE;
    uint64_t state = quantiser->state;
    if (quantiser->dither)
        for (size_t i = 0; i < count; i++)
            out[i] = (int32_t)((uint32_t)step(in[i], triangle(&state), 8388608) << 8);
    else
        for (size_t i = 0; i < count; i++)
            out[i] = (int32_t)((uint32_t)step(in[i], 0, 8388608) << 8);
    quantiser->state = state;
    return BUSKER_OK;
}

busker_status busker_pack_24(const int32_t *in, size_t count, uint8_t *out, size_t bytes)
{
    if (bytes / 3 != count || bytes % 3)
        return BUSKER_BAD_LENGTH;
    for (size_t i = 0; i < count; i++) {
        const uint32_t value = (uint32_t)in[i];
        out[3 * i] = (uint8_t)(value >> 8);
        out[3 * i + 1] = (uint8_t)(value >> 16);
        out[3 * i + 2] = (uint8_t)(value >> 24);
    }
    return BUSKER_OK;
}
