// The hot loops for every processor.
#include "loops.h"


#define LANES 4
#define ROWS 4
#define WIDE 2
#define DEEP 8
#define SUFFIX(name) name##_baseline
#include "loops.inc"

const neural_loops neural_loops_baseline = {
    .name = "baseline",
    .mr = ROWS,
    .nr = WIDE * LANES,
    .block = DEEP * LANES,
#define LOOP(name) .name = SUFFIX(name)
    LOOP(tile), LOOP(gelu), LOOP(tanh), LOOP(relu), LOOP(glu), LOOP(glu_add), LOOP(affine), LOOP(add),
    LOOP(affine_gelu), LOOP(moments), LOOP(softmax), LOOP(lstm), LOOP(layer_norm),
};

