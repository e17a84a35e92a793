// What similarity, period and their loops share: panels, keys, ranks, medians over listed columns.
#pragma once

#include "internal.h"

/// How many medians over listed columns may be asked for, and of what.
typedef struct busker_columns busker_columns;

/// Memory: frames_max * (256 * 8 + 32 * planes) bytes, where planes is the number of bits of a frame's index.
busker_status busker_columns_create(size_t frames_max, size_t list_max, busker_columns **handle);
void busker_columns_destroy(busker_columns *handle);

/// Lists of frames, one after another: list i is frames[starts[i]] up to frames[starts[i + 1]], without repeats.
typedef struct busker_lists {
    const uint32_t *starts;
    const uint32_t *frames;
    size_t count;
} busker_lists;

/// The median of each bin over the frames of each list; no list may be empty.
///
/// `magnitudes` is channels * frames * bins, `out` is channels * lists.count * bins. An even number of frames
/// gives the mean of the two in the middle.
void busker_columns_median(busker_columns *handle, const float *magnitudes, size_t channels, size_t frames, size_t bins,
                           busker_lists lists, float *out);
