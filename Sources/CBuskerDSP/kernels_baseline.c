// The hot loops for every processor.
#include "internal.h"

#define LANES 4
#define SUFFIX(name) name##_baseline
#include "kernels.inc"

const busker_kernels busker_kernels_baseline = {
    .name = "baseline",
#define KERNEL(result, name, ...) .name = SUFFIX(name),
#include "kernels.def"
#undef KERNEL
};
