// Mirrored rows, as the medians and what is built on them see them.
#pragma once

#include <stddef.h>

/// The index of row `i` among `count` rows mirrored at both ends, again and again.
static inline size_t busker_mirrored(ptrdiff_t i, size_t count)
{
    if (i >= 0 && (size_t)i < count)
        return (size_t)i;
    const ptrdiff_t period = 2 * (ptrdiff_t)count;
    const ptrdiff_t rest = (i % period + period) % period;
    return (size_t)(rest < (ptrdiff_t)count ? rest : period - 1 - rest);
}
