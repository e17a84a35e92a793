// The hot loops for processors with avx2.
#include "internal.h"

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2,f16c"))), apply_to = function)

#define LANES 8
#define SUFFIX(name) name##_avx2
#include "kernels.inc"

#pragma clang attribute pop

const busker_kernels busker_kernels_avx2 = {
    .name = "avx2",
#define KERNEL(result, name, ...) .name = SUFFIX(name),
#include "kernels.def"
#undef KERNEL
};

#endif
