// The hot loops for processors with AVX-512.
#include "loops.h"

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)

#define LANES 16
#define ROWS 12
#define WIDE 2
#define DEEP 16
#define SUFFIX(name) name##_avx512
#include "loops.inc"

#pragma clang attribute pop

const neural_loops neural_loops_avx512 = {
    .name = "avx512",
    .mr = ROWS,
    .nr = WIDE * LANES,
    .block = DEEP * LANES,
#define LOOP(name) .name = SUFFIX(name)
    LOOP(tile), LOOP(gelu), LOOP(tanh), LOOP(relu), LOOP(glu), LOOP(glu_add), LOOP(affine), LOOP(add),
    LOOP(affine_gelu), LOOP(moments), LOOP(softmax), LOOP(lstm), LOOP(layer_norm),
};

#endif
