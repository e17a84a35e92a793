// The step from a repeating spectrogram to a background and its mask.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Limits a repeating model to what was heard: background = min(background, magnitudes), in place.
///
/// Any number of channels, frames and bins; non-negative floats.
void busker_background_limit(const float *__counted_by(count) magnitudes __noescape,
                             float *__counted_by(count) background __noescape, size_t count);

/// Turns a repeating model into the background's mask, in place: (min(W, V) + eps) / (V + eps), eps = 1e-10.
///
/// `magnitudes` V and `background` W are frames of `bins` non-negative floats, of any number of channels. The first
/// `low_bins` of each frame get 1: bass is taken for background (Rafii and Pardo cut at 100 Hz). The foreground's
/// mask is 1 minus this. Returns BUSKER_BAD_LENGTH if `count` is no whole number of frames.
busker_status busker_background_mask(const float *__counted_by(count) magnitudes __noescape,
                                     float *__counted_by(count) background __noescape, size_t count, size_t bins,
                                     size_t low_bins) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
