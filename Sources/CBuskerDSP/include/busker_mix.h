// Mixing blocks of samples.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Weights that rise as sin^2 from 0 to 1, the steps' middles: what they leave of 1 falls in the same way.
void busker_crossfade_weights(float *weights __counted_by(count) __noescape, size_t count);

/// Weights that rise in equal steps, (i + 1) / (count + 1).
void busker_crossfade_line(float *weights __counted_by(count) __noescape, size_t count);

/// Fades `from` out and what is in `into` in: sample i becomes from[i] + weights[i] (into[i] - from[i]).
///
/// Two equal signals come out unchanged. All three have `count` values; does nothing unless `into_count` is equal.
void busker_crossfade(const float *from __counted_by(count) __noescape,
                      const float *weights __counted_by(count) __noescape, size_t count,
                      float *into __counted_by(into_count) __noescape, size_t into_count);

/// Takes `part` away from `whole`, sample by sample. Does nothing unless the counts are equal.
void busker_subtract(const float *part __counted_by(count) __noescape, size_t count,
                     float *whole __counted_by(whole_count) __noescape, size_t whole_count);

/// Adds `weight` times `part` to `whole`, sample by sample. Does nothing unless the counts are equal.
void busker_mix_add(const float *part __counted_by(count) __noescape, size_t count, float weight,
                    float *whole __counted_by(whole_count) __noescape, size_t whole_count);

/// Interleaves a part of one-channel-after-another samples: `out` gets the frames from `first` on.
///
/// Does nothing unless both counts are multiples of `channels` and the frames lie inside.
void busker_mix_interleave(const float *planar __counted_by(count) __noescape, size_t count, size_t channels, size_t first,
                           float *out __counted_by(out_count) __noescape, size_t out_count);

/// The largest absolute sample; 0 for none. A sample that is not a number counts as 0.
float busker_peak(const float *samples __counted_by(count) __noescape, size_t count);

#ifdef __cplusplus
}
#endif
