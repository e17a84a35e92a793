// The few mathematical functions of a song, out of plain arithmetic, so that every processor agrees.
#pragma once

#include <stdint.h>
#include <string.h>

/// 2 to the power of x, relative error below 1e-10; x is held in -1000...1000.
static inline double song_exp2(double x)
{
#pragma STDC FP_CONTRACT OFF
    x = x < -1000 ? -1000 : x > 1000 ? 1000 : x;
    int whole = (int)(x + (x < 0 ? -0.5 : 0.5));
    const double t = (x - whole) * 0.69314718055994530942;
    double sum = 1;
    for (int n = 11; n > 0; n--)
        sum = 1 + sum * t / n;
    const uint64_t bits = (uint64_t)(whole + 1023) << 52;
    double scale;
    memcpy(&scale, &bits, sizeof scale);
    return sum * scale;
}

/// The binary logarithm of a positive number, error below 1e-7.
static inline double song_log2(double x)
{
#pragma STDC FP_CONTRACT OFF
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
    bits = (bits & UINT64_C(0xfffffffffffff)) | UINT64_C(0x3ff0000000000000);
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) {
        m /= 2;
        exponent++;
    }
    const double t = (m - 1) / (m + 1), s = t * t;
    return exponent + 2.8853900817779268 * t * (1 + s * (1.0 / 3 + s * (1.0 / 5 + s * (1.0 / 7 + s / 9))));
}

/// The sine of a number of whole turns, error below 1e-9.
static inline double song_sine(double turns)
{
#pragma STDC FP_CONTRACT OFF
    turns -= (double)(int64_t)(turns + (turns < 0 ? -0.5 : 0.5));
    if (turns > 0.25)
        turns = 0.5 - turns;
    else if (turns < -0.25)
        turns = -0.5 - turns;
    const double x = turns * 6.28318530717958647692, s = x * x;
    double sum = 1;
    for (int n = 15; n > 1; n -= 2)
        sum = 1 - sum * s / (n * (n - 1));
    return x * sum;
}

static inline double song_cosine(double turns)
{
    return song_sine(turns + 0.25);
}

/// The sine of 0...2 turns in single precision, error below 5e-6.
static inline float song_wave(float turns)
{
#pragma STDC FP_CONTRACT OFF
    turns -= turns >= 1.5f ? 2.0f : turns >= 0.5f ? 1.0f : 0.0f;
    const float folded = 0.5f - (turns < 0 ? -turns : turns);
    const float near = turns > 0.25f ? folded : turns < -0.25f ? -folded : turns;
    const float x = near * 6.2831853f, s = x * x;
    return x * (1 + s * (-1.6666667e-1f + s * (8.3333333e-3f + s * (-1.9841270e-4f + s * 2.7557319e-6f))));
}

/// What is left after one of `frames` frames in which something falls by 60 dB.
static inline double song_fall(double frames)
{
    return song_exp2(-9.9657842846620870 / (frames < 1 ? 1 : frames));
}

/// The next number of a sequence (xorshift), -1...1.
static inline float song_noise(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    *state = x;
    return (float)(int32_t)x * (1.0f / 2147483648.0f);
}

/// Well mixed bits of a number (SplitMix64).
static inline uint64_t song_mix(uint64_t x)
{
    x += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}
