// The hot loops of the neural core, once per instruction set; see loops.inc.
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct neural_loops {
    const char *name;
    /// Rows and columns of a tile of a product; rows of a block of an LSTM's matrix.
    size_t mr, nr, block;
    /// c[mr][nr] (of which m x n count) = (first ? bias : c) + panel a * panel b, over k.
    void (*tile)(const float *a, const float *b, size_t k, float *c, size_t pitch, size_t m, size_t n, const float *bias,
                 bool first);
    void (*gelu)(float *x, size_t count);
    void (*tanh)(float *x, size_t count);
    void (*relu)(float *x, size_t count);
    /// out = a * sigmoid(b).
    void (*glu)(const float *a, const float *b, float *out, size_t count);
    /// into += scale * (a * am + ab) * sigmoid(b * bm + bb).
    void (*glu_add)(const float *a, const float *b, const float parameters[4], float scale, float *into, size_t count);
    /// x = x * scale + shift.
    void (*affine)(float *x, float scale, float shift, size_t count);
    /// into += scale * x.
    void (*add)(const float *x, float scale, float *into, size_t count);
    /// x = gelu(x * scale + shift).
    void (*affine_gelu)(float *x, float scale, float shift, size_t count);
    /// Adds the sum and the sum of squares of x, in double precision, to sums[0] and sums[1].
    void (*moments)(const float *x, size_t count, double sums[2]);
    /// Softmax down each of `nr` columns of x[rows][nr], and the reciprocals of the sums, not yet multiplied.
    void (*softmax)(float *x, size_t rows, float *reciprocals);
    /// Steps of an LSTM: gates of a step are x-part + weights * h.
    void (*lstm)(const float *weights, size_t units, float *gates, size_t pitch, size_t steps, bool reverse, float *h,
                 float *c, float *out, size_t out_pitch);
    /// y[f][t] = (x - mean over f) / deviation over f * weight[f] + bias[f], over `features` rows.
    void (*layer_norm)(const float *x, size_t pitch, size_t features, size_t count, const float *weight,
                       const float *bias, float *y, size_t y_pitch);
} neural_loops;

/// The loops for the instruction set in force on this thread.
const neural_loops *neural_current_loops(void);

extern const neural_loops neural_loops_baseline;
#if defined(__x86_64__)
extern const neural_loops neural_loops_avx2;
extern const neural_loops neural_loops_avx512;
#endif
