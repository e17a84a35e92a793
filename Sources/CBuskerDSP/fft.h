// The one seam to the library that computes Fourier transforms, FFTW; everything above works on plain floats.
#pragma once

#include "busker_plans.h"

/// Both directions of an unscaled complex transform of one size, out of place, on 64-byte boundaries.
///
/// Numbers are interleaved real and imaginary parts. All handles of a process share the plans of a size.
typedef struct busker_plans busker_plans;

/// Finds or makes the plans of a size; NULL when memory or FFTW fails.
///
/// All handles of a size share one pair, so a result does not depend on which thread made its handle.
busker_plans *busker_plans_take(uint32_t size, busker_planning planning);

/// Gives back what `busker_plans_take` gave; NULL is allowed.
void busker_plans_give(busker_plans *plans);

/// out[k] = sum over n of in[n] exp(-2 pi i k n / size), of 2 * size floats each; what was in `in` is lost.
void busker_fft_forward(const busker_plans *plans, float *in, float *out);

/// The same with exp(+2 pi i k n / size), so that back and forth multiplies by size.
void busker_fft_inverse(const busker_plans *plans, float *in, float *out);
