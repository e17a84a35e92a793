// The hot loops for processors with AVX2.
#include "loops.h"

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define LANES 8
#define ROWS 6
#define WIDE 2
#define DEEP 8
#define SUFFIX(name) name##_avx2
#include "loops.inc"

#pragma clang attribute pop

const neural_loops neural_loops_avx2 = {
    .name = "avx2",
    .mr = ROWS,
    .nr = WIDE * LANES,
    .block = DEEP * LANES,
#define LOOP(name) .name = SUFFIX(name)
    LOOP(tile), LOOP(gelu), LOOP(tanh), LOOP(relu), LOOP(glu), LOOP(glu_add), LOOP(affine), LOOP(add),
    LOOP(affine_gelu), LOOP(moments), LOOP(softmax), LOOP(lstm), LOOP(layer_norm),
};

#endif
