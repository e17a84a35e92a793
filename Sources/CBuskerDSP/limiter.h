// What the limiter offers to other parts of the core: one frame at a time.
#pragma once

#include "busker_level.h"

/// Sets how high samples may be from now on.
void busker_limiter_ceiling(busker_limiter *limiter, float ceiling);
/// Limits one frame in place as if its largest magnitude were `peak`.
void busker_limiter_step(busker_limiter *limiter, float *samples, float peak);
