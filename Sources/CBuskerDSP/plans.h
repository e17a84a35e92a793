// Complex transforms shared by all handles of a process.
#pragma once

#include <fftw3.h>

#include "busker_plans.h"

/// Both directions of an unscaled complex transform of one size, out of place, on 64-byte boundaries.
typedef struct busker_plans {
    fftwf_plan forward;
    fftwf_plan inverse;
    uint32_t size;
    busker_planning planning;
    size_t users;
    struct busker_plans *next;
} busker_plans;

/// Finds or makes the plans of a size; NULL when memory or FFTW fails.
///
/// All handles of a size share one pair, so a result does not depend on which thread made its handle.
busker_plans *busker_plans_take(uint32_t size, busker_planning planning);

/// Gives back what `busker_plans_take` gave; NULL is allowed.
void busker_plans_give(busker_plans *plans);
