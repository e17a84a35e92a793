// Moving and mixing blocks of samples.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Turns interleaved samples into one channel after another.
///
/// Does nothing unless `count` is a multiple of `channels` and `planar_count` equals `count`.
void busker_deinterleave(const float *interleaved __counted_by(count) __noescape, size_t count, size_t channels,
                         float *planar __counted_by(planar_count) __noescape, size_t planar_count);

/// Turns one channel after another into interleaved samples, under the same condition.
void busker_interleave(const float *planar __counted_by(count) __noescape, size_t count, size_t channels,
                       float *interleaved __counted_by(interleaved_count) __noescape, size_t interleaved_count);

/// Fades `from` out and what is in `into` in: sample i becomes from[i] + w(i) (into[i] - from[i]).
///
/// w rises as sin^2 from 0 to 1, so that two equal signals come out unchanged. Does nothing unless the counts are equal.
void busker_crossfade(const float *from __counted_by(count) __noescape, size_t count,
                      float *into __counted_by(into_count) __noescape, size_t into_count);

/// Takes `part` away from `whole`, sample by sample. Does nothing unless the counts are equal.
void busker_subtract(const float *part __counted_by(count) __noescape, size_t count,
                     float *whole __counted_by(whole_count) __noescape, size_t whole_count);

/// Multiplies every sample.
void busker_scale(float *samples __counted_by(count) __noescape, size_t count, float gain);

/// The largest absolute sample; 0 for none. A sample that is not a number counts as 0.
float busker_peak(const float *samples __counted_by(count) __noescape, size_t count);

#ifdef __cplusplus
}
#endif
