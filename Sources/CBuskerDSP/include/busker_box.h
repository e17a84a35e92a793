// Running means of levels over time or frequency.
//
// Edges are reflected as scipy's "reflect" does (d c b a | a b c d | d c b a, again and again where the window is
// wider than the data). Sums run in double, narrow windows (up to BUSKER_BOX_NARROW) are summed anew: nothing drifts.
// Every instruction set gives the same numbers. Values are finite floats, `bins` a frame, frames one after another.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// The widest window that is summed anew for every value.
    BUSKER_BOX_NARROW = 15,
};

/// The mean over `width` bins around each bin of each frame; an even width counts as the next odd one.
///
/// `in` and `out` have frames * bins floats and must not overlap. Any width, also above `bins`.
void busker_box_frequency(const float *__counted_by(frames * bins) in __noescape,
                          float *__counted_by(frames * bins) out __noescape, size_t frames, size_t bins, size_t width);

/// The mean over `width` frames around each frame, bin by bin; otherwise as `busker_box_frequency`.
void busker_box_time(const float *__counted_by(frames * bins) in __noescape,
                     float *__counted_by(frames * bins) out __noescape, size_t frames, size_t bins, size_t width);

#ifdef __cplusplus
}
#endif
