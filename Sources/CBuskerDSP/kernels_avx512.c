// The hot loops for processors with avx512.
#include "internal.h"

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi,bmi2,f16c"))), apply_to = function)

#define LANES 16
#define SUFFIX(name) name##_avx512
#include "kernels.inc"

#pragma clang attribute pop

const busker_kernels busker_kernels_avx512 = {
    .name = "avx512",
#define KERNEL(result, name, ...) .name = SUFFIX(name),
#include "kernels.def"
#undef KERNEL
};

#endif
