// The choice of loops, which follows that of the signal core.
#include "loops.h"

#include <string.h>

#include "busker_base.h"

const neural_loops *neural_current_loops(void)
{
#if defined(__x86_64__)
    const char *name = busker_instruction_set();
    if (!strcmp(name, neural_loops_avx512.name))
        return &neural_loops_avx512;
    if (!strcmp(name, neural_loops_avx2.name))
        return &neural_loops_avx2;
#endif
    return &neural_loops_baseline;
}
